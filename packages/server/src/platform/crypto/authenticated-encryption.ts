/**
 * Threat: a stored value is changed, cut, or opened under a shortened tag.
 * Rule: AES-256-GCM with a 96-bit nonce and always a 16-byte tag: without `authTagLength` and the length check Node
 * accepts a tag of 4 bytes.
 * On failure: `undefined`; nothing of the plain text is returned.
 */
import { createCipheriv, createDecipheriv } from 'node:crypto'
import { keyObject } from './key-object.ts'

export const nonceBytes = 12
export const tagBytes = 16

/** Returns ciphertext followed by the tag. A nonce must never be used twice with one key. */
export function encrypt(options: {
  key: Uint8Array
  nonce: Uint8Array
  plain: Uint8Array
  associated: Uint8Array
}): Buffer {
  if (options.nonce.length !== nonceBytes) throw new RangeError(`a nonce has ${nonceBytes} bytes`)
  const cipher = createCipheriv('aes-256-gcm', keyObject(options.key), options.nonce, { authTagLength: tagBytes })
  cipher.setAAD(options.associated)
  return Buffer.concat([cipher.update(options.plain), cipher.final(), cipher.getAuthTag()])
}

export function decrypt(options: {
  key: Uint8Array
  nonce: Uint8Array
  sealed: Uint8Array
  associated: Uint8Array
}): Buffer | undefined {
  const { sealed, nonce } = options
  if (sealed.length < tagBytes || nonce.length !== nonceBytes) return undefined
  const decipher = createDecipheriv('aes-256-gcm', keyObject(options.key), nonce, { authTagLength: tagBytes })
  decipher.setAAD(options.associated)
  decipher.setAuthTag(sealed.subarray(sealed.length - tagBytes))
  // GCM gives all of the plain text here, before the tag has been checked; `final` only checks.
  const plain = decipher.update(sealed.subarray(0, sealed.length - tagBytes))
  try {
    decipher.final()
    return plain
  } catch {
    plain.fill(0)
    return undefined
  }
}
