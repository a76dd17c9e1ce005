import { randomBytes } from 'node:crypto'
import { Secret } from './secret.ts'

/** A new 256-bit key. */
export function randomSecret(): Secret {
  const bytes = randomBytes(32)
  const secret = new Secret(bytes)
  bytes.fill(0)
  return secret
}
