import type { Scope, Uuid } from '@hyponema/contract'
import { type ApiKeyMode, makeApiKey } from '../../guards/api-key-text.ts'
import type { AuditedTx } from '../../guards/audited-transaction.ts'
import type { NewId } from '../../kernel/new-id.ts'
import { keyedHash } from '../../platform/crypto/keyed-hash.ts'
import type { Keyring } from '../../platform/crypto/keyring.ts'
import { randomSecret } from '../../platform/crypto/random-secret.ts'
import { insertApiKey } from './store.ts'

/** Makes a key and returns its text, which is stored nowhere: the row holds an HMAC of it under the pepper. */
export async function createApiKey(
  tx: AuditedTx,
  input: {
    newId: NewId
    keyring: Keyring
    label: string
    mode: ApiKeyMode
    scopes: readonly Scope[]
    allowedAddresses: readonly string[] | null
    allowedAgents: readonly Uuid[] | null
    createdBy: string
    expiresAt: Date | null
  },
): Promise<string> {
  const id = input.newId()
  const secret = randomSecret()
  const text = secret.use((bytes) => makeApiKey({ mode: input.mode, workspaceId: tx.workspaceId, keyId: id }, bytes))
  secret.destroy()
  const pepper = input.keyring.active('api_key_pepper')
  await insertApiKey(tx, {
    id,
    label: input.label,
    mode: input.mode,
    secretMac: keyedHash(pepper.key, text),
    pepperVersion: pepper.id,
    scopes: input.scopes,
    allowedAddresses: input.allowedAddresses,
    allowedAgents: input.allowedAgents,
    hint: text.slice(-4),
    createdBy: input.createdBy,
    expiresAt: input.expiresAt,
  })
  await tx.audit({
    action: 'api_key.created',
    target: { kind: 'apiKey', id },
    after: { mode: input.mode, scopes: input.scopes, expires_at: input.expiresAt?.toISOString() ?? null },
  })
  return text
}
