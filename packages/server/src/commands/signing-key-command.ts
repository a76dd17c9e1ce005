import { parseArgs } from 'node:util'
import type { Config } from '../config.ts'
import { auditedTransaction } from '../guards/audited-transaction.ts'
import { StartupRefusal } from '../kernel/startup-refusal.ts'
import { keyringKeyService } from '../platform/crypto/keyring-key-service.ts'
import { rotateSigningKeys } from '../platform/crypto/rotate-signing-keys.ts'
import { ownCommand } from '../platform/own-command.ts'
import { installationScope } from '../platform/postgres/installation-scope.ts'
import { installationFiles } from './installation-files.ts'
import { onHost } from './on-host.ts'

/** `hyponema signing-key rotate [--end-all-tokens]`: a new key signs; those before verify an hour more, or nothing. */
export async function signingKeyCommand(config: Config, args: readonly string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { 'end-all-tokens': { type: 'boolean', default: false } },
  })
  if (positionals.length !== 1 || positionals[0] !== 'rotate')
    throw new StartupRefusal(`Write: ${ownCommand('signing-key rotate')} [--end-all-tokens].`)
  const dropAll = values['end-all-tokens']
  await onHost(config, async ({ installation, clock, actIn }) => {
    const act = actIn(installationScope().workspaceId, 'hyponema signing-key rotate')
    const rotated = await auditedTransaction(act, (tx) =>
      rotateSigningKeys(installationFiles(config.homeFolder).signingKeys, {
        keys: keyringKeyService(installation.keyring, 'signing'),
        clock,
        dropAll,
        announce: ({ active, retiring, dropped }) =>
          tx.audit({
            action: 'signing_key.rotated',
            target: { kind: 'workspace', id: tx.workspaceId },
            after: { active, retiring, dropped },
          }),
      }),
    )
    process.stdout.write(`${rotated.active} signs from now on; running servers follow within a second.\n`)
    if (rotated.retiring.length > 0)
      process.stdout.write(`Still verified, for tokens that live: ${rotated.retiring.join(', ')}.\n`)
    if (rotated.dropped.length > 0)
      process.stdout.write(
        `No longer verified: ${rotated.dropped.join(', ')}${dropAll ? '; every token before has ended' : ''}.\n`,
      )
  })
}
