import { hkdfSync } from 'node:crypto'
import { keyObject } from './key-object.ts'

/** HKDF-SHA-256 (RFC 5869). At most 8,160 bytes. */
export function hkdf(options: { key: Uint8Array; salt: Uint8Array; info: Uint8Array; length: number }): Buffer {
  return Buffer.from(hkdfSync('sha256', keyObject(options.key), options.salt, options.info, options.length))
}
