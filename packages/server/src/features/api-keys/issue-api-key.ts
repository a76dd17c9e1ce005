import { encodeId, type Uuid } from '@hyponema/contract'
import { makeApiKey } from '../../guards/api-key-text.ts'
import type { AuditedTx } from '../../guards/audited-transaction.ts'
import type { NewId } from '../../kernel/new-id.ts'
import { keyedHash } from '../../platform/crypto/keyed-hash.ts'
import type { Keyring } from '../../platform/crypto/keyring.ts'
import { randomSecret } from '../../platform/crypto/random-secret.ts'
import { type ApiKeyRow, insertApiKey } from './store.ts'

/** A key that was made just now. `text` is stored nowhere: the row holds an HMAC of it under the pepper. */
export type IssuedApiKey = { readonly id: Uuid; readonly text: string }

export type NewApiKey = Pick<
  ApiKeyRow,
  'label' | 'mode' | 'scopes' | 'allowedAddresses' | 'allowedAgents' | 'rotatedFrom' | 'createdBy' | 'expiresAt'
> & { readonly newId: NewId; readonly keyring: Keyring }

/** Makes a key with limits that somebody has judged before, and its audit event. */
export async function issueApiKey(tx: AuditedTx, input: NewApiKey): Promise<IssuedApiKey> {
  const { newId, keyring, ...key } = input
  const id = newId()
  const secret = randomSecret()
  const text = secret.use((bytes) => makeApiKey({ mode: key.mode, workspaceId: tx.workspaceId, keyId: id }, bytes))
  secret.destroy()
  const pepper = keyring.active('api_key_pepper')
  await insertApiKey(tx, {
    ...key,
    id,
    secretMac: keyedHash(pepper.key, text),
    pepperVersion: pepper.id,
    hint: text.slice(-4),
  })
  await tx.audit({
    action: 'api_key.created',
    target: { kind: 'apiKey', id },
    after: {
      label: key.label,
      mode: key.mode,
      scopes: key.scopes,
      allowed_addresses: key.allowedAddresses,
      allowed_agents: key.allowedAgents?.map((agent) => encodeId('agent', agent)) ?? null,
      rotated_from: key.rotatedFrom === null ? null : encodeId('apiKey', key.rotatedFrom),
      expires_at: key.expiresAt?.toISOString() ?? null,
    },
  })
  return { id, text }
}
