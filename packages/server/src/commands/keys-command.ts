import { parseArgs } from 'node:util'
import type { Config } from '../config.ts'
import { auditedTransaction } from '../guards/audited-transaction.ts'
import { StartupRefusal } from '../kernel/startup-refusal.ts'
import { addKeyringKey } from '../platform/crypto/keyring.ts'
import { ownCommand } from '../platform/own-command.ts'
import { installationScope } from '../platform/postgres/installation-scope.ts'
import { installationFiles } from './installation-files.ts'
import { onHost } from './on-host.ts'

/**
 * `hyponema keys rotate --purpose api_key_pepper`: adds a pepper. Nothing is sealed under one, so nothing has to be
 * rewrapped: each API key moves to it at its next use. The other purposes wrap data and are not rotated here.
 */
export async function keysCommand(config: Config, args: readonly string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { purpose: { type: 'string' } },
  })
  const purpose = 'api_key_pepper'
  if (positionals.join(' ') !== 'rotate' || values.purpose !== purpose)
    throw new StartupRefusal(`Write: ${ownCommand(`keys rotate --purpose ${purpose}`)}.`)
  await onHost(config, async ({ clock, actIn }) => {
    const { workspaceId } = installationScope()
    const path = installationFiles(config.homeFolder).keyring
    const id = await auditedTransaction(actIn(workspaceId, 'hyponema keys rotate'), (tx) =>
      addKeyringKey(path, {
        purpose,
        clock,
        announce: (added) =>
          tx.audit({
            action: 'keyring.key_added',
            target: { kind: 'workspace', id: workspaceId },
            after: { key_id: added },
          }),
      }),
    )
    process.stdout.write(
      `Added ${id} to ${path}. Servers on this host follow within a second. Copy the file to every other one now: a server that lacks ${id} refuses the API keys that stand under it. Keep a copy as before; the older pepper stays in it for keys that have not been used since.\n`,
    )
  })
}
