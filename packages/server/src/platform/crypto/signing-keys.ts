/**
 * Threat: a session token is signed by somebody else, or a stolen database or backup of a file can sign.
 * Rule: Ed25519 keys in a file of their own (0600), the private part sealed under the keyring's `signing` key; several
 * keys may verify so that rotation overlaps, one signs. A public key counts only where its private part opens and belongs
 * to it, so that whoever can write the file but not open the keyring cannot add a key.
 * On failure: a damaged file, or one of another keyring, is a StartupRefusal; an unknown key id verifies nothing.
 */
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { z } from 'zod'
import { AppError } from '../../kernel/app-error.ts'
import type { Clock } from '../../kernel/clock.ts'
import { parseJson } from '../../kernel/parse-json.ts'
import { StartupRefusal } from '../../kernel/startup-refusal.ts'
import { createSecretFile } from './create-secret-file.ts'
import { openEnvelope, sealEnvelope } from './envelope.ts'
import type { KeyService } from './key-service.ts'
import { randomSecret } from './random-secret.ts'
import { readPrivateFile } from './read-private-file.ts'

const keySchema = z.strictObject({
  id: z.string().regex(/^sig-[1-9]\d{0,6}$/),
  state: z.enum(['active', 'retiring']),
  public_key: z.string(),
  sealed_private_key: z.string(),
  wrapped_key: z.string(),
  wrapping_key_id: z.string(),
  created_at: z.iso.datetime(),
})

const fileSchema = z.strictObject({ format: z.literal(1), keys: z.array(keySchema).min(1).max(100) })

export type SigningKeys = {
  readonly active: { readonly id: string; readonly privateKey: KeyObject }
  /** The public keys that verify now, by id. */
  readonly publicKeys: ReadonlyMap<string, KeyObject>
}

/** Reads the signing keys, or makes the first one where there is no file yet. */
export async function loadOrCreateSigningKeys(
  path: string,
  options: { keys: KeyService<'signing'>; clock: Clock },
): Promise<SigningKeys> {
  const text = await readPrivateFile(path)
  if (text !== undefined) return openFile(path, text, options.keys)
  const file: z.infer<typeof fileSchema> = { format: 1, keys: [makeKey('sig-1', options)] }
  await createSecretFile(path, `${JSON.stringify(file, undefined, 2)}\n`)
  // Read back, because another process may have been first; then its key is everybody's.
  return openFile(path, (await readPrivateFile(path)) ?? '', options.keys)
}

function makeKey(id: string, options: { keys: KeyService<'signing'>; clock: Clock }): z.infer<typeof keySchema> {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const dataKey = randomSecret()
  const plain = privateKey.export({ format: 'der', type: 'pkcs8' })
  const sealed = dataKey.use((key) =>
    sealEnvelope({ dataKey: key, plain, context: { purpose: 'signing', parts: [id] } }),
  )
  const wrapped = options.keys.wrap(dataKey, ['signing', id])
  dataKey.destroy()
  plain.fill(0)
  return {
    id,
    state: 'active',
    public_key: publicKey.export({ format: 'der', type: 'spki' }).toString('base64'),
    sealed_private_key: sealed.toString('base64'),
    wrapped_key: wrapped.bytes.toString('base64'),
    wrapping_key_id: wrapped.keyId,
    created_at: new Date(options.clock.nowMs()).toISOString(),
  }
}

function openFile(path: string, text: string, keys: KeyService<'signing'>): SigningKeys {
  const parsed = fileSchema.safeParse(parseJson(text))
  if (!parsed.success) throw damaged(path)
  const stored = parsed.data.keys
  if (new Set(stored.map(({ id }) => id)).size !== stored.length) throw damaged(path)
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
  stored: z.infer<typeof keySchema>,
  keys: KeyService<'signing'>,
): { privateKey: KeyObject; publicKey: KeyObject } {
  const plain = openPrivatePart(path, stored, keys)
  const privateKey = createPrivateKey({ key: plain, format: 'der', type: 'pkcs8' })
  plain.fill(0)
  const publicKey = createPublicKey(privateKey)
  const written = publicKey.export({ format: 'der', type: 'spki' }).toString('base64')
  if (privateKey.asymmetricKeyType !== 'ed25519' || written !== stored.public_key) throw damaged(path)
  return { privateKey, publicKey }
}

function openPrivatePart(path: string, stored: z.infer<typeof keySchema>, keys: KeyService<'signing'>): Buffer {
  const wrapped = { keyId: stored.wrapping_key_id, bytes: Buffer.from(stored.wrapped_key, 'base64') }
  try {
    const dataKey = keys.unwrap(wrapped, ['signing', stored.id])
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
    `${path} is damaged; restore it from your copy, or remove it to end all live session tokens.`,
  )
}
