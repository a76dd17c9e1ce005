import { createHash } from 'node:crypto'

/** SHA-256 of bytes, or of the UTF-8 form of a text. 32 bytes. */
export function sha256(data: string | Uint8Array): Buffer {
  return createHash('sha256').update(data).digest()
}
