import { parseArgs } from 'node:util'
import type { Config } from '../config.ts'
import { auditedTransaction } from '../guards/audited-transaction.ts'
import { StartupRefusal } from '../kernel/startup-refusal.ts'
import type { KeyPurpose } from '../platform/crypto/keyring.ts'
import { ownCommand } from '../platform/own-command.ts'
import { installationScope } from '../platform/postgres/installation-scope.ts'
import { keyHolders } from './key-holders.ts'
import { rewrapPurpose } from './keys-rewrap.ts'
import { type Host, onHost } from './on-host.ts'
import { readPurpose, rotatedPurposes } from './read-purpose.ts'
import { rotateTokenKeys } from './rotate-token-keys.ts'

/**
 * `hyponema keys rotate [--purpose P] [--add-only]`: adds a key and moves what stands under older ones under it.
 * `--purpose session_tokens [--end-all-tokens]` adds one that signs tokens.
 */
export async function rotateKeys(config: Config, args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      purpose: { type: 'string' },
      'add-only': { type: 'boolean', default: false },
      'end-all-tokens': { type: 'boolean', default: false },
    },
  })
  const purpose = readPurpose(values.purpose, rotatedPurposes)
  if (purpose === 'session_tokens') {
    if (values['add-only']) throw new StartupRefusal('--add-only is for keys that wrap others; these sign at once.')
    return onHost(config, (host) => rotateTokenKeys(config, host, { dropAll: values['end-all-tokens'] }))
  }
  if (values['end-all-tokens']) throw new StartupRefusal('--end-all-tokens goes with --purpose session_tokens.')
  await onHost(config, async (host) => {
    await add(config, host, purpose)
    if (purpose === 'api_key_pepper') return
    if (!values['add-only']) return rewrapPurpose(config, host, purpose)
    process.stdout.write(
      `When every host has it, run \`${ownCommand(`keys rewrap --purpose ${purpose}`)}\` on one of them.\n`,
    )
  })
}

async function add(config: Config, host: Host, purpose: KeyPurpose): Promise<void> {
  const { workspaceId } = installationScope()
  const holder = keyHolders(config, host)[purpose]
  const id = await auditedTransaction(host.actIn(workspaceId, 'hyponema keys rotate'), (tx) =>
    holder.add((added) =>
      tx.audit({
        action: 'keyring.key_added',
        target: { kind: 'workspace', id: workspaceId },
        after: { key_id: added },
      }),
    ),
  )
  // Asked by its id, so that the keyring of this process has read it before anything is wrapped.
  host.installation.keyring.holds(purpose, id)
  process.stdout.write(`Added ${id} to ${holder.name}.`)
  process.stdout.write(
    holder.isFile
      ? ' Servers on this host follow within a second; copy the file to every other host now, and keep a copy of it as before.\n'
      : ' Every server wraps with it from now on.\n',
  )
  if (purpose === 'api_key_pepper')
    process.stdout.write(
      `A server that lacks ${id} refuses the API keys that stand under it. Keys move to it at their next use; the older pepper stays for those that have not been used since.\n`,
    )
}
