/** Notes with signature lines and the keys that verify them (C2SP signed-note v1.0.0), Ed25519 only. */
import { createPublicKey, type KeyObject, timingSafeEqual, verify } from 'node:crypto'
import { noteKeyHash, rawPublicKey } from './evidence-signer.ts'

/** Whether the key of that name signed this note. Signatures of others (witnesses) are passed over. */
export function verifyNote(note: string, { name, publicKey }: { name: string; publicKey: KeyObject }): boolean {
  const end = note.lastIndexOf('\n\n')
  if (end < 0 || !note.endsWith('\n')) return false
  const text = Buffer.from(note.slice(0, end + 1))
  return note
    .slice(end + 2, -1)
    .split('\n')
    .some((line) => {
      const match = /^— (\S+) ([A-Za-z0-9+/]+={0,2})$/.exec(line)
      if (match === null || match[1] !== name) return false
      const bytes = Buffer.from(match[2] ?? '', 'base64')
      if (bytes.length !== 68 || !timingSafeEqual(bytes.subarray(0, 4), noteKeyHash(name, publicKey))) return false
      return verify(null, text, publicKey, bytes.subarray(4))
    })
}

/** A verifier key (C2SP signed-note): `<name>+<key hash in hex>+<base64 of 0x01 and the 32 bytes of the key>`. */
export function renderVerifierKey(name: string, publicKey: KeyObject): string {
  const key = Buffer.concat([Buffer.of(1), rawPublicKey(publicKey)]).toString('base64')
  return `${name}+${noteKeyHash(name, publicKey).toString('hex')}+${key}`
}

/** Undefined for what is no verifier key, or one whose hash is another's. */
export function readVerifierKey(text: string): { readonly name: string; readonly publicKey: KeyObject } | undefined {
  const match = /^([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]{44})$/.exec(text.trim())
  const bytes = Buffer.from(match?.[3] ?? '', 'base64')
  if (match === null || bytes.length !== 33 || bytes[0] !== 1) return undefined
  const name = match[1] ?? ''
  const publicKey = createPublicKey({
    key: { kty: 'OKP', crv: 'Ed25519', x: bytes.subarray(1).toString('base64url') },
    format: 'jwk',
  })
  return noteKeyHash(name, publicKey).toString('hex') === match[2] ? { name, publicKey } : undefined
}
