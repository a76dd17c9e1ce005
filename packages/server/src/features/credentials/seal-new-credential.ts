import type { CredentialKind, Uuid } from '@hyponema/contract'
import type { CredentialSealer, SealedCredential } from '../../platform/crypto/credential-sealer.ts'
import type { Secret } from '../../platform/crypto/secret.ts'

/**
 * Seals a secret as version 1 of a credential that is still to be made. Called before the transaction that makes it: a key
 * service that is slow would hold a connection meanwhile. The caller destroys the secret.
 */
export function sealNewCredential(
  sealer: Pick<CredentialSealer, 'seal'>,
  place: { readonly workspaceId: Uuid; readonly credentialId: Uuid; readonly kind: CredentialKind },
  secret: Secret,
): Promise<SealedCredential> {
  return sealer.seal({ ...place, version: 1 }, secret)
}
