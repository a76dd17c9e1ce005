import { parseArgs } from 'node:util'
import type { Config } from '../config.ts'
import { auditedTransaction } from '../guards/audited-transaction.ts'
import { StartupRefusal } from '../kernel/startup-refusal.ts'
import { asKeyService, type KeyService } from '../platform/crypto/key-service.ts'
import type { KeyPurpose } from '../platform/crypto/keyring.ts'
import { keyringKeyService } from '../platform/crypto/keyring-key-service.ts'
import { rewrapSigningKeys } from '../platform/crypto/rewrap-signing-keys.ts'
import { ownCommand } from '../platform/own-command.ts'
import { installationScope } from '../platform/postgres/installation-scope.ts'
import { installationFiles } from './installation-files.ts'
import { keyHolders } from './key-holders.ts'
import { type Host, onHost } from './on-host.ts'
import { readPurpose } from './read-purpose.ts'
import { type Rewrapped, rewrapRows } from './rewrap-rows.ts'

/** More names than these help nobody; the number is told. */
const mostNames = 20
const tellEveryMs = 1000

/** `hyponema keys rewrap [--purpose P]`: moves what stands under older keys under the active one. Goes on where it was. */
export async function rewrapKeys(config: Config, args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options: { purpose: { type: 'string' } } })
  const purpose = readPurpose(values.purpose, ['credentials', 'epoch', 'signing'])
  await onHost(config, (host) => rewrapPurpose(config, host, purpose))
}

/** The same for a command that has just added a key. Throws, after everything else is done, where something stays. */
export async function rewrapPurpose(
  config: Config,
  host: Host,
  purpose: Exclude<KeyPurpose, 'api_key_pepper'>,
): Promise<void> {
  if (purpose === 'signing') return rewrapSigning(config, host)
  const result = await untilInterrupted((stop) =>
    rewrapRows({
      database: host.installation.database,
      clock: host.clock,
      holder: keyHolders(config, host)[purpose],
      keys: serviceOf(host, purpose),
      stop,
      onProgress: progressTeller(host),
    }),
  )
  if (result.moved > 0 || result.unreadable.length > 0) await record(host, purpose, result)
  process.stdout.write(`${result.moved} data keys moved under ${result.active}.\n`)
  refuseWhatStays(purpose, result)
}

function serviceOf({ installation }: Host, purpose: 'credentials' | 'epoch'): KeyService {
  return purpose === 'credentials'
    ? installation.credentialKeys
    : asKeyService(keyringKeyService(installation.keyring, purpose))
}

async function rewrapSigning(config: Config, host: Host): Promise<void> {
  const { keyring } = host.installation
  const activeId = keyring.active('signing').id
  const files = installationFiles(config.homeFolder)
  const keys = keyringKeyService(keyring, 'signing')
  const moved =
    (await rewrapSigningKeys(files.signingKeys, { keys, activeId })) +
    (await rewrapSigningKeys(files.evidenceKeys, { keys, activeId, use: 'evi' }))
  if (moved > 0) await record(host, 'signing', { active: activeId, moved, unreadable: [] })
  process.stdout.write(`${moved} signing keys moved under ${activeId}.\n`)
}

/** Ctrl-C lets the batch that is under way end: nothing is half done, and the next run goes on. */
async function untilInterrupted<T>(work: (stop: AbortSignal) => Promise<T>): Promise<T> {
  const stop = new AbortController()
  const interrupt = (): void => stop.abort()
  process.once('SIGINT', interrupt)
  process.once('SIGTERM', interrupt)
  try {
    return await work(stop.signal)
  } finally {
    process.off('SIGINT', interrupt)
    process.off('SIGTERM', interrupt)
  }
}

function progressTeller({ clock }: Host): (progress: { moved: number; of: number }) => void {
  let toldAtMs = clock.nowMs()
  return ({ moved, of }) => {
    if (clock.nowMs() - toldAtMs < tellEveryMs) return
    toldAtMs = clock.nowMs()
    process.stderr.write(`${moved} of ${of} data keys moved\n`)
  }
}

async function record(
  host: Host,
  purpose: KeyPurpose,
  { active, moved, unreadable }: Pick<Rewrapped, 'active' | 'moved' | 'unreadable'>,
): Promise<void> {
  const { workspaceId } = installationScope()
  await auditedTransaction(host.actIn(workspaceId, 'hyponema keys rewrap'), (tx) =>
    tx.audit({
      action: 'keyring.keys_moved',
      target: { kind: 'workspace', id: workspaceId },
      after: { purpose, to: active, moved, unreadable: unreadable.length },
    }),
  )
}

function refuseWhatStays(purpose: KeyPurpose, { unreadable, missing, isStopped }: Rewrapped): void {
  const again = `\`${ownCommand(`keys rewrap --purpose ${purpose}`)}\``
  if (isStopped) throw new StartupRefusal(`Stopped between two batches; ${again} goes on from here.`)
  const lines = [...missing].map(
    ([id, detail]) => `What stands under ${id} stays there, because its key cannot be used: ${detail}`,
  )
  if (unreadable.length > 0) {
    lines.push(
      `${unreadable.length} data keys do not open (credential.sealed_unreadable) and stay as they are; their key cannot be retired:`,
      ...unreadable.slice(0, mostNames).map((name) => `  ${name}`),
      ...(unreadable.length > mostNames ? [`  and ${unreadable.length - mostNames} more`] : []),
      `Restore these rows from a backup, or delete what they belong to, and run ${again}.`,
    )
  }
  if (lines.length > 0) throw new StartupRefusal(lines.join('\n'))
}
