import type { createCredentialSchema, Uuid } from '@hyponema/contract'
import type { z } from 'zod'
import type { NewId } from '../../kernel/new-id.ts'
import type { CredentialSealer, SealedCredential } from '../../platform/crypto/credential-sealer.ts'
import { Secret } from '../../platform/crypto/secret.ts'
import { sealNewCredential } from './seal-new-credential.ts'

export type SealedProviderKey = { readonly id: Uuid; readonly sealed: SealedCredential }

/** Seals a provider key under the id that its credential will have. */
export async function sealProviderKey(
  parts: { readonly newId: NewId; readonly sealer: CredentialSealer },
  workspaceId: Uuid,
  { kind, secret: keyText }: z.infer<typeof createCredentialSchema>,
): Promise<SealedProviderKey> {
  const id = parts.newId()
  const secret = new Secret(Buffer.from(keyText, 'utf8'))
  try {
    return { id, sealed: await sealNewCredential(parts.sealer, { workspaceId, credentialId: id, kind }, secret) }
  } finally {
    secret.destroy()
  }
}
