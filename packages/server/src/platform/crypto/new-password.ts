import { randomBytes } from 'node:crypto'

/** A password for a database login: 256 bits in base64url. */
export function newPassword(): string {
  return randomBytes(32).toString('base64url')
}
