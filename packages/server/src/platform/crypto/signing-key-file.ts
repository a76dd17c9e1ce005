/**
 * Threat: a stolen database or backup of a file can sign, or who can write the file but not open the keyring adds a key.
 * Rule: the private part is sealed under the keyring's `signing` key, bound to its id; a public key counts only where its
 * private part opens and belongs to it.
 * On failure: a damaged file, or one of another keyring, is a StartupRefusal that names the file and the key.
 */
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { z } from 'zod'
import { AppError } from '../../kernel/app-error.ts'
import { parseJson } from '../../kernel/parse-json.ts'
import { StartupRefusal } from '../../kernel/startup-refusal.ts'
import { openEnvelope, sealEnvelope } from './envelope.ts'
import type { LocalKeyService } from './key-service.ts'
import { randomSecret } from './random-secret.ts'

/** What a file of keys is for, as its ids begin: `sig` signs tokens, `evi` signs evidence. A key of one never counts in the other. */
export type SigningKeyUse = 'sig' | 'evi'

const keySchema = z.strictObject({
  id: z.string().regex(/^(sig|evi)-[1-9]\d{0,6}$/),
  state: z.enum(['active', 'retiring']),
  public_key: z.string(),
  sealed_private_key: z.string(),
  wrapped_key: z.string(),
  wrapping_key_id: z.string(),
  created_at: z.iso.datetime(),
})

const fileSchema = z.strictObject({ format: z.literal(1), keys: z.array(keySchema).min(1).max(100) })

export type StoredSigningKey = Readonly<z.infer<typeof keySchema>>

export type OpenedSigningKeys = {
  /** The newest active key: the one that signs. */
  readonly active: { readonly id: string; readonly privateKey: KeyObject }
  /** The public keys that verify, by id. */
  readonly publicKeys: ReadonlyMap<string, KeyObject>
}

/** A new Ed25519 key (RFC 8032), sealed for its id. */
export function makeSigningKey(
  id: string,
  options: { keys: LocalKeyService<'signing'>; nowMs: number },
): StoredSigningKey {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const dataKey = randomSecret()
  const plain = privateKey.export({ format: 'der', type: 'pkcs8' })
  const sealed = dataKey.use((key) =>
    sealEnvelope({ dataKey: key, plain, context: { purpose: 'signing', parts: [id] } }),
  )
  const wrapped = options.keys.wrap(dataKey, signingWrapContext(id))
  dataKey.destroy()
  plain.fill(0)
  return {
    id,
    state: 'active',
    public_key: publicKey.export({ format: 'der', type: 'spki' }).toString('base64'),
    sealed_private_key: sealed.toString('base64'),
    wrapped_key: wrapped.bytes.toString('base64'),
    wrapping_key_id: wrapped.keyId,
    created_at: new Date(options.nowMs).toISOString(),
  }
}

/** What the wrapped data key of a signing key is bound to. */
export function signingWrapContext(id: string): readonly string[] {
  return ['signing', id]
}

export function renderSigningKeys(keys: readonly StoredSigningKey[]): string {
  return `${JSON.stringify({ format: 1, keys }, undefined, 2)}\n`
}

/** The keys of the file as they are stored; a StartupRefusal where it is damaged. */
export function parseSigningKeys(path: string, text: string, use: SigningKeyUse = 'sig'): readonly StoredSigningKey[] {
  const parsed = fileSchema.safeParse(parseJson(text))
  if (!parsed.success || parsed.data.keys.some(({ id }) => !id.startsWith(use))) throw damaged(path)
  const { keys } = parsed.data
  if (new Set(keys.map(({ id }) => id)).size !== keys.length) throw damaged(path)
  return keys
}

export function openSigningKeys(
  path: string,
  text: string,
  keys: LocalKeyService<'signing'>,
  use: SigningKeyUse = 'sig',
): OpenedSigningKeys {
  const stored = parseSigningKeys(path, text, use)
  const active = stored.findLast((key) => key.state === 'active')
  if (active === undefined) throw new StartupRefusal(`${path} has no active signing key; restore it from your copy.`)
  const opened = new Map(stored.map((key) => [key.id, openKey(path, key, keys)]))
  const privateKey = opened.get(active.id)?.privateKey
  if (privateKey === undefined) throw damaged(path)
  return {
    active: { id: active.id, privateKey },
    publicKeys: new Map([...opened].map(([id, { publicKey }]) => [id, publicKey])),
  }
}

/** The public key is derived from the sealed private one; what the file says in the clear must be the same. */
function openKey(
  path: string,
  stored: StoredSigningKey,
  keys: LocalKeyService<'signing'>,
): { privateKey: KeyObject; publicKey: KeyObject } {
  const plain = openPrivatePart(path, stored, keys)
  const privateKey = createPrivateKey({ key: plain, format: 'der', type: 'pkcs8' })
  plain.fill(0)
  const publicKey = createPublicKey(privateKey)
  const written = publicKey.export({ format: 'der', type: 'spki' }).toString('base64')
  if (privateKey.asymmetricKeyType !== 'ed25519' || written !== stored.public_key) throw damaged(path)
  return { privateKey, publicKey }
}

function openPrivatePart(path: string, stored: StoredSigningKey, keys: LocalKeyService<'signing'>): Buffer {
  const wrapped = { keyId: stored.wrapping_key_id, bytes: Buffer.from(stored.wrapped_key, 'base64') }
  try {
    const dataKey = keys.unwrap(wrapped, signingWrapContext(stored.id))
    const sealed = Buffer.from(stored.sealed_private_key, 'base64')
    const context = { purpose: 'signing', parts: [stored.id] }
    const plain = dataKey.use((key) => openEnvelope({ dataKey: key, sealed, context }))
    dataKey.destroy()
    if (plain !== undefined) return plain
  } catch (error) {
    if (!(error instanceof AppError)) throw error
  }
  throw new StartupRefusal(
    `${path} does not open with this keyring (key ${stored.wrapping_key_id}); restore both from the same copy.`,
  )
}

function damaged(path: string): StartupRefusal {
  return new StartupRefusal(
    `${path} is damaged; restore it from your copy, or remove it: live session tokens end with the keys of tokens, and what was signed as evidence is verified by the public key that was handed out.`,
  )
}
