import type { Config } from '../config.ts'
import { auditedTransaction } from '../guards/audited-transaction.ts'
import { keyringKeyService } from '../platform/crypto/keyring-key-service.ts'
import { rotateSigningKeys } from '../platform/crypto/rotate-signing-keys.ts'
import { installationScope } from '../platform/postgres/installation-scope.ts'
import { installationFiles } from './installation-files.ts'
import type { Host } from './on-host.ts'

/** Adds a key that signs tokens; those before verify an hour more, or with `dropAll` nothing. Prints what has become of each. */
export async function rotateTokenKeys(
  config: Config,
  { installation, clock, actIn }: Host,
  { dropAll }: { dropAll: boolean },
): Promise<void> {
  const act = actIn(installationScope().workspaceId, 'hyponema keys rotate')
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
}
