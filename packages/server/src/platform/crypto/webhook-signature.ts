/**
 * Signatures of webhooks, by the Standard Webhooks specification 1.0.0: `v1` is HMAC-SHA-256, `v1a` is Ed25519 (RFC 8032),
 * both over `id.timestamp.body`.
 *
 * Threat: somebody else makes a request that a receiver takes for ours, or turns a captured one into another.
 * Rule: 32 random bytes a secret; what is signed are the very bytes that are sent, under an id without a dot and a whole
 * number of seconds, so that id, time and body cannot change places. Nothing is ever sent with no signature.
 * On failure: a RangeError before anything is signed; nothing leaves.
 */
import { createHmac, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { keyObject } from './key-object.ts'
import { type RandomBytes, systemRandomBytes } from './random-bytes.ts'
import { Secret } from './secret.ts'

/** Ours are of this length; the specification allows 24 to 64. */
const hmacSecretBytes = 32
const shortestHmacSecretBytes = 24
const longestHmacSecretBytes = 64
const seedBytes = 32
/** PKCS #8 of an Ed25519 key (RFC 8410): what stands before the 32 bytes of its seed. */
const pkcs8Head = Buffer.from('302e020100300506032b657004220420', 'hex')
const idPattern = /^[A-Za-z0-9_-]{1,100}$/

/** A new secret for `v1`. */
export function newHmacSecret(random: RandomBytes = systemRandomBytes): Secret {
  const bytes = random(hmacSecretBytes)
  const secret = new Secret(bytes)
  bytes.fill(0)
  return secret
}

/** `whsec_` and base64, as it is shown once to whoever verifies. This text is the secret itself. */
export function renderHmacSecret(secret: Secret): string {
  return secret.use((bytes) => `whsec_${bytes.toString('base64')}`)
}

/** A new key pair for `v1a`. The secret is the 32-byte seed; `publicKey` is `whpk_` and the base64 of 32 bytes. */
export function newEd25519Secret(): { secret: Secret; publicKey: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const pkcs8 = privateKey.export({ format: 'der', type: 'pkcs8' })
  const secret = new Secret(pkcs8.subarray(-seedBytes))
  pkcs8.fill(0)
  return { secret, publicKey: renderPublicKey(publicKey) }
}

/** The `whpk_` text of the key pair whose seed this is. */
export function ed25519PublicKey(seed: Secret): string {
  return renderPublicKey(createPublicKey(privateKeyOf(seed)))
}

/**
 * The value of `webhook-signature`: one signature for each secret, in the order given, `v1` before `v1a`, with a space
 * between. The newest secret first is the order that receivers find fastest.
 */
export function signWebhook(options: {
  readonly id: string
  readonly timestampSeconds: number
  readonly body: Buffer
  readonly hmac: readonly Secret[]
  readonly ed25519: readonly Secret[]
}): string {
  const { id, timestampSeconds, body } = options
  if (!idPattern.test(id)) throw new RangeError('an id of a webhook has letters, digits, _ and - only')
  if (!Number.isSafeInteger(timestampSeconds) || timestampSeconds < 0)
    throw new RangeError('the time of a webhook is a whole number of seconds since 1970')
  if (options.hmac.length + options.ed25519.length === 0) throw new RangeError('a webhook needs a secret to be signed')
  const content = Buffer.concat([Buffer.from(`${id}.${timestampSeconds}.`, 'ascii'), body])
  const symmetric = options.hmac.map((secret) => `v1,${hmacOf(secret, content)}`)
  const asymmetric = options.ed25519.map((seed) => `v1a,${sign(null, content, privateKeyOf(seed)).toString('base64')}`)
  return [...symmetric, ...asymmetric].join(' ')
}

function hmacOf(secret: Secret, content: Buffer): string {
  return secret.use((bytes) => {
    if (bytes.length < shortestHmacSecretBytes || bytes.length > longestHmacSecretBytes)
      throw new RangeError(`a v1 secret has ${shortestHmacSecretBytes} to ${longestHmacSecretBytes} bytes`)
    return createHmac('sha256', keyObject(bytes)).update(content).digest('base64')
  })
}

function privateKeyOf(seed: Secret): KeyObject {
  return seed.use((bytes) => {
    if (bytes.length !== seedBytes) throw new RangeError(`a v1a seed has ${seedBytes} bytes`)
    const pkcs8 = Buffer.concat([pkcs8Head, bytes])
    const key = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' })
    pkcs8.fill(0)
    return key
  })
}

function renderPublicKey(key: KeyObject): string {
  return `whpk_${key.export({ format: 'der', type: 'spki' }).subarray(-seedBytes).toString('base64')}`
}
