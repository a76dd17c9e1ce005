import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Secret } from './secret.ts'

/** HMAC-SHA-256 (RFC 2104). 32 bytes. */
export function keyedHash(key: Secret, data: string | Uint8Array): Buffer {
  return key.use((bytes) => createHmac('sha256', bytes).update(data).digest())
}

/** Compares two hashes in constant time; different lengths are unequal. */
export function equalHashes(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && timingSafeEqual(one, other)
}
