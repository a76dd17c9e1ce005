import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto'
import { keyObject } from './key-object.ts'
import type { Secret } from './secret.ts'

/** HMAC-SHA-256 (RFC 2104). 32 bytes. */
export function keyedHash(key: Secret, data: string | Uint8Array): Buffer {
  return key.use((bytes) => createHmac('sha256', keyObject(bytes)).update(data).digest())
}

const prepared = new WeakMap<Secret, KeyObject>()

/**
 * The same under a key that lives as long as the process, such as a pepper: six times as fast, because Node keeps the key
 * prepared. What Node keeps is not wiped with the secret, so short-lived keys take `keyedHash`.
 */
export function keyedHashOfProcess(key: Secret, data: string | Uint8Array): Buffer {
  return key.use((bytes) => {
    const object = prepared.get(key) ?? createSecretKey(bytes)
    prepared.set(key, object)
    return createHmac('sha256', object).update(data).digest()
  })
}

/** Compares two hashes in constant time; different lengths are unequal. */
export function equalHashes(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && timingSafeEqual(one, other)
}
