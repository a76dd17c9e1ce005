/**
 * Threat: a wrapped key is altered, cut to nothing, or unwrapped under another key.
 * Rule: AES-256 key wrap with padding (RFC 5649). KWP binds nothing but the key itself: the caller derives one wrapping
 * key per context. A wrapped key is at least two blocks of 8 bytes; Node unwraps "no bytes" to an empty key without a word.
 * On failure: `undefined`; no part of a key is returned.
 */
import { createCipheriv, createDecipheriv } from 'node:crypto'
import { keyObject } from './key-object.ts'

/** The initial value of AES-KWP (RFC 5649 section 3). */
const initialValue = Buffer.from('a65959a6', 'hex')
const algorithm = 'id-aes256-wrap-pad'
const blockBytes = 8

/** Throws a RangeError for an empty key. */
export function wrapKey(wrappingKey: Uint8Array, key: Uint8Array): Buffer {
  if (key.length === 0) throw new RangeError('there is no key to wrap')
  const cipher = createCipheriv(algorithm, keyObject(wrappingKey), initialValue)
  // The whole result comes from `update`; `final` adds nothing in this mode.
  const wrapped = cipher.update(key)
  cipher.final()
  return wrapped
}

/** Undefined when the wrapped key is not intact or was wrapped under another key. */
export function unwrapKey(wrappingKey: Uint8Array, wrapped: Uint8Array): Buffer | undefined {
  if (wrapped.length < 2 * blockBytes || wrapped.length % blockBytes !== 0) return undefined
  const decipher = createDecipheriv(algorithm, keyObject(wrappingKey), initialValue)
  try {
    const key = decipher.update(wrapped)
    decipher.final()
    return key
  } catch {
    return undefined
  }
}
