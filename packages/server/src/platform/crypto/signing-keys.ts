/**
 * Threat: a session token is signed by somebody else, or a stolen database or backup of a file can sign.
 * Rule: Ed25519 keys in a file of their own (0600), the private part sealed under the keyring's `signing` key; several
 * keys may verify so that rotation overlaps, one signs.
 * On failure: a damaged file is a StartupRefusal; an unknown key id verifies nothing.
 */
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { z } from 'zod'
import type { Clock } from '../../kernel/clock.ts'
import { StartupRefusal } from '../../kernel/startup-refusal.ts'
import { writeSecretFile } from '../postgres/write-secret-file.ts'
import type { KeyService } from './key-service.ts'
import { readPrivateFile } from './keyring.ts'
import { openEnvelope, sealEnvelope } from './envelope.ts'
import { randomSecret } from './random-secret.ts'

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
export async function loadOrCreateSigningKeys(path: string, options: { keys: KeyService; clock: Clock }): Promise<SigningKeys> {
  const text = await readPrivateFile(path)
  if (text === undefined) {
    const file = { format: 1, keys: [makeKey('sig-1', options)] } as const
    await writeSecretFile(path, `${JSON.stringify(file, undefined, 2)}\n`)
    return openKeys(path, file.keys, options.keys)
  }
  const parsed = fileSchema.safeParse(parseJson(text))
  if (!parsed.success) throw new StartupRefusal(`${path} is damaged; restore it from your copy, or remove it to end all live session tokens.`)
  return openKeys(path, parsed.data.keys, options.keys)
}

function makeKey(id: string, options: { keys: KeyService; clock: Clock }): z.infer<typeof keySchema> {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const dataKey = randomSecret()
  const plain = privateKey.export({ format: 'der', type: 'pkcs8' })
  const sealed = dataKey.use((key) => sealEnvelope({ dataKey: key, plain, context: { purpose: 'signing', parts: [id] } }))
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

function openKeys(path: string, stored: readonly z.infer<typeof keySchema>[], keys: KeyService): SigningKeys {
  const active = stored.findLast((key) => key.state === 'active')
  if (active === undefined) throw new StartupRefusal(`${path} has no active signing key; restore it from your copy.`)
  const publicKeys = new Map(
    stored.map((key) => [key.id, createPublicKey({ key: Buffer.from(key.public_key, 'base64'), format: 'der', type: 'spki' })]),
  )
  return { active: { id: active.id, privateKey: openPrivateKey(path, active, keys) }, publicKeys }
}

function openPrivateKey(path: string, stored: z.infer<typeof keySchema>, keys: KeyService): KeyObject {
  const wrapped = { keyId: stored.wrapping_key_id, bytes: Buffer.from(stored.wrapped_key, 'base64') }
  const dataKey = keys.unwrap(wrapped, ['signing', stored.id])
  const context = { purpose: 'signing', parts: [stored.id] }
  const sealed = Buffer.from(stored.sealed_private_key, 'base64')
  const plain = dataKey.use((key) => openEnvelope({ dataKey: key, sealed, context }))
  dataKey.destroy()
  if (plain === undefined) throw new StartupRefusal(`${path} does not open with this keyring; restore both from the same copy.`)
  const privateKey = createPrivateKey({ key: plain, format: 'der', type: 'pkcs8' })
  plain.fill(0)
  return privateKey
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
