/**
 * current -> in grace (a newer one is current) -> revoked: by the worker when the grace is over, or by somebody before
 *
 * Threat: a key that leaked stays in use beside the new one, or two people rotate at once and one secret is forgotten.
 * Rule: new sessions use the new version at once; every other version ends with the grace, never later than before, decided
 * with the credential's row locked. Live sessions keep what they loaded until somebody revokes it.
 * On failure: request.not_found, credential.managed or credential.revoked; nothing is written.
 */
import { isManagedCredential, type rotateCredentialSchema, type Uuid } from '@hyponema/contract'
import type { z } from 'zod'
import type { AuditedTx } from '../../guards/audited-transaction.ts'
import { AppError } from '../../kernel/app-error.ts'
import type { Clock } from '../../kernel/clock.ts'
import { notFound } from '../../kernel/path-id.ts'
import type { Principal } from '../../kernel/principal.ts'
import { principalName } from '../../kernel/principal-name.ts'
import type { CredentialSealer } from '../../platform/crypto/credential-sealer.ts'
import { Secret } from '../../platform/crypto/secret.ts'
import { addSealedVersion } from './add-sealed-version.ts'
import { readHint } from './read-hint.ts'
import { lockCredential, revokeEndedVersions, setWorking } from './store.ts'

/** Seals a new secret as the current version. Returns its number. */
export async function rotateCredential(
  tx: AuditedTx,
  input: {
    principal: Principal
    clock: Clock
    sealer: CredentialSealer
    id: Uuid
    body: z.infer<typeof rotateCredentialSchema>
  },
): Promise<number> {
  const { id, body, sealer } = input
  const credential = await lockCredential(tx, id)
  if (credential === undefined) throw notFound('credential')
  if (isManagedCredential(credential)) throw new AppError('credential.managed', `credential ${id} is an endpoint's`)
  const now = new Date(input.clock.nowMs())
  const revokeOthersAfter = new Date(now.getTime() + body.grace_seconds * 1000)
  const secret = new Secret(Buffer.from(body.secret, 'utf8'))
  let version: number
  try {
    const createdBy = principalName(input.principal).id
    const hint = readHint(body.secret)
    version = await addSealedVersion(tx, { credentialId: id, secret, hint, createdBy, revokeOthersAfter, sealer })
  } finally {
    secret.destroy()
  }
  // Without a grace nothing is left to the worker.
  await revokeEndedVersions(tx, { credentialId: id, now })
  // What the provider refused was the secret before.
  await setWorking(tx, id)
  await tx.audit({
    action: 'credential.rotated',
    target: { kind: 'credential', id },
    before: { version: credential.version },
    after: { version, revoke_after: revokeOthersAfter.toISOString() },
  })
  return version
}
