import type { Uuid } from '@hyponema/contract'
import type { NewId } from '../../kernel/new-id.ts'
import type { CredentialSealer, SealedCredential } from '../../platform/crypto/credential-sealer.ts'
import type { Secret } from '../../platform/crypto/secret.ts'
import { newEd25519Secret, newHmacSecret, renderHmacSecret } from '../../platform/crypto/webhook-signature.ts'
import { sealNewCredential } from '../credentials/public.ts'
import { renderKeyHint } from './render-key-hint.ts'

export type SealedSecret = { readonly credentialId: Uuid; readonly hint: string; readonly sealed: SealedCredential }

/** Of an endpoint that is still to be made, under the id that it will have. */
export type WebhookSecrets = {
  readonly id: Uuid
  readonly hmac: SealedSecret & { readonly shown: string }
  readonly ed25519: (SealedSecret & { readonly publicKey: string }) | undefined
}

type Parts = { readonly newId: NewId; readonly sealer: CredentialSealer }

/** Makes the secret, and the key pair where one is asked for, and seals them before the transaction that keeps them. */
export async function sealWebhookSecrets(
  parts: Parts,
  { workspaceId, asymmetric }: { workspaceId: Uuid; asymmetric: boolean },
): Promise<WebhookSecrets> {
  const id = parts.newId()
  const secret = newHmacSecret()
  const shown = renderHmacSecret(secret)
  const hmac = { shown, ...(await sealOne(parts, workspaceId, { secret, readable: shown })) }
  if (!asymmetric) return { id, hmac, ed25519: undefined }
  const { secret: privateKey, publicKey } = newEd25519Secret()
  const pair = await sealOne(parts, workspaceId, { secret: privateKey, readable: publicKey })
  return { id, hmac, ed25519: { publicKey, ...pair } }
}

async function sealOne(
  { newId, sealer }: Parts,
  workspaceId: Uuid,
  { secret, readable }: { secret: Secret; readable: string },
): Promise<SealedSecret> {
  const credentialId = newId()
  try {
    const sealed = await sealNewCredential(sealer, { workspaceId, credentialId, kind: 'webhook' }, secret)
    return { credentialId, hint: renderKeyHint(readable), sealed }
  } finally {
    secret.destroy()
  }
}
