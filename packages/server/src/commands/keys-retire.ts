/**
 * Threat: a key is destroyed while something is still sealed under it.
 * Rule: only a key that seals nothing, a minute after its successor was made (a server that runs follows within a second, and
 * no transaction lasts longer), and under which no row of any workspace and no signing key stands. The act is audited
 * before the key goes.
 * On failure: StartupRefusal that says what stands under it and what to run; the key stays.
 */
import { parseArgs } from 'node:util'
import type { Config } from '../config.ts'
import { auditedTransaction } from '../guards/audited-transaction.ts'
import { StartupRefusal } from '../kernel/startup-refusal.ts'
import { type KeyPurpose, keyPurposes } from '../platform/crypto/keyring.ts'
import { ownCommand } from '../platform/own-command.ts'
import { installationScope } from '../platform/postgres/installation-scope.ts'
import { countUnderKeys, type KeyUse, sayUse } from './count-under-keys.ts'
import { installationFiles } from './installation-files.ts'
import type { HeldKey, KeyHolder } from './key-holder.ts'
import { keyHolders } from './key-holders.ts'
import { type Host, onHost } from './on-host.ts'

const settledAfterMs = 60_000

/** `hyponema keys retire ID`: takes a key away that nothing stands under any more. */
export async function retireKey(config: Config, args: readonly string[]): Promise<void> {
  const { positionals } = parseArgs({ args: [...args], allowPositionals: true, options: {} })
  const [id, ...rest] = positionals
  if (id === undefined || rest.length > 0) throw new StartupRefusal(`Write: ${ownCommand('keys retire ID')}.`)
  await onHost(config, async (host) => {
    const { purpose, holder } = await findKey(keyHolders(config, host), id)
    const held = await holder.list()
    refuseTooEarly(host, { id, purpose, held })
    const uses = await countUnderKeys({
      database: host.installation.database,
      files: installationFiles(config.homeFolder),
      clock: host.clock,
    })
    refuseInUse(id, purpose, uses)
    const { workspaceId } = installationScope()
    await auditedTransaction(host.actIn(workspaceId, 'hyponema keys retire'), (tx) =>
      holder.remove(id, new Set(uses.map(({ keyId }) => keyId)), () =>
        tx.audit({
          action: 'keyring.key_retired',
          target: { kind: 'workspace', id: workspaceId },
          after: { key_id: id },
        }),
      ),
    )
    process.stdout.write(
      holder.isFile
        ? `Retired ${id}. Copy the file to every other host. Backups made while something stood under ${id} open only with an older copy of ${holder.name}.\n`
        : `Retired ${id}. Backups made while something stood under it open only where ${holder.name} still unwraps with it.\n`,
    )
  })
}

async function findKey(
  holders: Readonly<Record<KeyPurpose, KeyHolder>>,
  id: string,
): Promise<{ readonly purpose: KeyPurpose; readonly holder: KeyHolder }> {
  const known: string[] = []
  for (const purpose of keyPurposes) {
    const ids = (await holders[purpose].list()).map((key) => key.id)
    if (ids.includes(id)) return { purpose, holder: holders[purpose] }
    known.push(...ids)
  }
  throw new StartupRefusal(`There is no key ${id}. There are: ${known.join(', ')}.`)
}

function refuseTooEarly(
  { clock }: Host,
  { id, purpose, held }: { id: string; purpose: KeyPurpose; held: readonly HeldKey[] },
): void {
  const active = held.find(({ state }) => state === 'active')
  if (active === undefined || active.id === id)
    throw new StartupRefusal(
      `${id} is the key that seals for ${purpose}; run \`${ownCommand(`keys rotate --purpose ${purpose}`)}\` first.`,
    )
  const leftMs = settledAfterMs - (clock.nowMs() - (active.createdAt?.getTime() ?? 0))
  if (leftMs > 0)
    throw new StartupRefusal(
      `${active.id} was made less than a minute ago and a server may still be writing under ${id}; run this again in ${Math.ceil(leftMs / 1000)} seconds.`,
    )
}

function refuseInUse(id: string, purpose: KeyPurpose, uses: readonly KeyUse[]): void {
  const own = uses.filter(({ keyId }) => keyId === id)
  if (own.length === 0) return
  const next =
    purpose === 'api_key_pepper'
      ? 'They move at their next use; rotate or revoke those that are not used'
      : `Run \`${ownCommand(`keys rewrap --purpose ${purpose}`)}\` first`
  throw new StartupRefusal(`${id} is still in use: ${own.map(sayUse).join(', ')}. ${next}; nothing was changed.`)
}
