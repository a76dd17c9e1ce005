import { createSecretKey, type KeyObject } from 'node:crypto'

/**
 * A key for one call of Node's. Given as bytes, Node prepares it by a way that takes twice as long as the encryption of a
 * short text; the copy that it makes either way is its own, freed with the object and not wiped by us.
 */
export function keyObject(bytes: Uint8Array): KeyObject {
  return createSecretKey(bytes)
}
