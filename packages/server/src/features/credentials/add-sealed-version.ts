import type { Uuid } from '@hyponema/contract'
import { AppError } from '../../kernel/app-error.ts'
import type { CredentialSealer } from '../../platform/crypto/credential-sealer.ts'
import type { Secret } from '../../platform/crypto/secret.ts'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'
import { findNextEnd, insertNextVersion, lockCredential } from './store.ts'

/**
 * Seals a secret as the new current version and returns its number. Every other live version ends at `revokeOthersAfter`,
 * never later than before; the worker then takes its bytes. The caller destroys the secret.
 * Throws credential.revoked, and request.not_found for a credential that is gone.
 */
export async function addSealedVersion(
  tx: WorkspaceTx,
  addition: {
    readonly credentialId: Uuid
    readonly secret: Secret
    readonly hint: string
    readonly createdBy: string
    readonly revokeOthersAfter: Date
    readonly sealer: CredentialSealer
  },
): Promise<number> {
  const { credentialId, hint, createdBy, revokeOthersAfter } = addition
  const credential = await lockCredential(tx, credentialId)
  if (credential === undefined) throw new AppError('request.not_found', `credential ${credentialId} is gone`)
  if (credential.revokedAt !== null) throw new AppError('credential.revoked', `credential ${credentialId} was revoked`)
  const version = credential.version + 1
  const place = { workspaceId: tx.workspaceId, credentialId, version, kind: credential.kind }
  const sealed = await addition.sealer.seal(place, addition.secret)
  await insertNextVersion(tx, { credentialId, version, hint, createdBy, revokeOthersAfter, ...sealed })
  const nextEnd = await findNextEnd(tx, credentialId)
  if (nextEnd !== undefined) await tx.dispatchPut('credential_version', credentialId, nextEnd)
  return version
}
