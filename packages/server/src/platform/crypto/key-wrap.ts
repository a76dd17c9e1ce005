import { createCipheriv, createDecipheriv } from 'node:crypto'

/** The initial value of AES-KWP (RFC 5649 section 3). */
const initialValue = Buffer.from('a65959a6', 'hex')
const algorithm = 'id-aes256-wrap-pad'

/** AES-256 key wrap with padding (RFC 5649). KWP binds nothing but the key itself: the caller derives one key per context. */
export function wrapKey(wrappingKey: Uint8Array, key: Uint8Array): Buffer {
  const cipher = createCipheriv(algorithm, wrappingKey, initialValue)
  return Buffer.concat([cipher.update(key), cipher.final()])
}

/** Undefined when the wrapped key is not intact or was wrapped under another key. */
export function unwrapKey(wrappingKey: Uint8Array, wrapped: Uint8Array): Buffer | undefined {
  try {
    const decipher = createDecipheriv(algorithm, wrappingKey, initialValue)
    return Buffer.concat([decipher.update(wrapped), decipher.final()])
  } catch {
    return undefined
  }
}
