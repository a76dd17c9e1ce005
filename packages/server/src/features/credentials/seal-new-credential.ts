import type { CredentialKind, Uuid } from '@hyponema/contract'
import type { CredentialSealer } from '../../platform/crypto/credential-sealer.ts'
import type { Secret } from '../../platform/crypto/secret.ts'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'
import { insertCredential } from './store.ts'

/** Seals a secret as version 1 of a new credential. The caller destroys the secret. */
export async function sealNewCredential(
  tx: WorkspaceTx,
  credential: {
    readonly id: Uuid
    readonly kind: CredentialKind
    readonly provider: string
    readonly label: string
    readonly hint: string
    /** The one origin that the key may be sent to. */
    readonly baseUrl?: string | undefined
    readonly createdBy: string
    readonly secret: Secret
    readonly sealer: CredentialSealer
  },
): Promise<void> {
  const { id, kind, provider, label, hint, createdBy, baseUrl = null } = credential
  const place = { workspaceId: tx.workspaceId, credentialId: id, version: 1, kind }
  const sealed = await credential.sealer.seal(place, credential.secret)
  await insertCredential(tx, { id, kind, provider, label, hint, baseUrl, createdBy }, sealed)
}
