/**
 * One sealed payload: `version(1) suite(1) salt(32) commitment(32) nonce(12) ciphertext+tag`.
 *
 * Threat: a blob is moved to another row, altered, or made to open under two keys.
 * Rule: HKDF-SHA-256(data key, random salt, info = suite and purpose) gives the AES-256-GCM key and a 32-byte key
 * commitment, which is stored and compared in constant time; the context is the associated data, length-prefixed. The
 * salt makes every AES key fresh, so a data key may seal any number of payloads (secrets-and-outbound 1).
 * On failure: `undefined`, for a wrong version, a flipped bit, a wrong context and a wrong key alike.
 */
import { timingSafeEqual } from 'node:crypto'
import { decrypt, encrypt, nonceBytes, tagBytes } from './authenticated-encryption.ts'
import { hkdf } from './hkdf.ts'
import { lengthPrefixed } from './length-prefixed.ts'
import { type RandomBytes, systemRandomBytes } from './random-bytes.ts'

const format = 1
/** HKDF-SHA-256, AES-256-GCM, 32-byte commitment. */
const suite = 1
const saltBytes = 32
const commitmentBytes = 32
const dataKeyBytes = 32
const headerBytes = 2 + saltBytes + commitmentBytes + nonceBytes

export type EnvelopeContext = {
  /** What the payload is, e.g. `credential` or `user_content`; separates the derived keys. */
  readonly purpose: string
  /** Where it belongs: everything that would make it another payload. */
  readonly parts: readonly string[]
}

export function sealEnvelope(options: {
  dataKey: Uint8Array
  plain: Uint8Array
  context: EnvelopeContext
  random?: RandomBytes
}): Buffer {
  if (options.dataKey.length !== dataKeyBytes) throw new RangeError(`a data key has ${dataKeyBytes} bytes`)
  const random = options.random ?? systemRandomBytes
  const salt = random(saltBytes)
  const nonce = random(nonceBytes)
  const { key, commitment } = derive(options.dataKey, salt, options.context)
  const sealed = encrypt({ key, nonce, plain: options.plain, associated: associated(options.context) })
  key.fill(0)
  return Buffer.concat([Uint8Array.of(format, suite), salt, commitment, nonce, sealed])
}

export function openEnvelope(options: {
  dataKey: Uint8Array
  sealed: Uint8Array
  context: EnvelopeContext
}): Buffer | undefined {
  const { sealed } = options
  // A short data key could be guessed by whoever can write the row, so nothing is ever opened with one.
  if (options.dataKey.length !== dataKeyBytes) return undefined
  if (sealed.length < headerBytes + tagBytes || sealed[0] !== format || sealed[1] !== suite) return undefined
  const salt = sealed.subarray(2, 2 + saltBytes)
  const stored = sealed.subarray(2 + saltBytes, 2 + saltBytes + commitmentBytes)
  const nonce = sealed.subarray(headerBytes - nonceBytes, headerBytes)
  const { key, commitment } = derive(options.dataKey, salt, options.context)
  const opened = timingSafeEqual(stored, commitment)
    ? decrypt({ key, nonce, sealed: sealed.subarray(headerBytes), associated: associated(options.context) })
    : undefined
  key.fill(0)
  return opened
}

function derive(dataKey: Uint8Array, salt: Uint8Array, context: EnvelopeContext): { key: Buffer; commitment: Buffer } {
  const info = lengthPrefixed(['hyponema', String(suite), context.purpose])
  const both = hkdf({ key: dataKey, salt, info, length: 64 })
  return { key: both.subarray(0, 32), commitment: both.subarray(32) }
}

function associated(context: EnvelopeContext): Buffer {
  return lengthPrefixed([String(format), String(suite), context.purpose, ...context.parts])
}
