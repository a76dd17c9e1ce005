/** Tokens as an attacker writes them, and the keys that ours are signed with. */
import { createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import type { SigningKeys } from '../signing-keys.ts'
import { jsonObject } from './key-fixtures.ts'

/** Fresh keys: `retiring` verifies too, `active` signs. */
export function testSigningKeys(): SigningKeys & {
  readonly active: { readonly id: string; readonly privateKey: KeyObject }
  readonly retiring: { readonly id: string; readonly privateKey: KeyObject }
  readonly publicKeys: ReadonlyMap<string, KeyObject>
} {
  const one = generateKeyPairSync('ed25519')
  const two = generateKeyPairSync('ed25519')
  const active = { id: 'sig-2', privateKey: two.privateKey }
  const publicKeys = new Map([
    ['sig-1', one.publicKey],
    ['sig-2', two.publicKey],
  ])
  return {
    active,
    retiring: { id: 'sig-1', privateKey: one.privateKey },
    publicKeys,
    signing: async () => active,
    verifying: async (id) => publicKeys.get(id),
  }
}

export type RawToken = { readonly header: unknown; readonly payload: unknown }

/** A compact token of any header and payload, signed with Ed25519. */
export function signedRaw(token: RawToken, privateKey: KeyObject): string {
  const input = `${part(token.header)}.${part(token.payload)}`
  return `${input}.${sign(null, Buffer.from(input), privateKey).toString('base64url')}`
}

/** The same, with an HMAC under bytes that everybody knows. */
export function macedRaw(token: RawToken, key: string | Buffer): string {
  const input = `${part(token.header)}.${part(token.payload)}`
  return `${input}.${createHmac('sha256', key).update(input).digest('base64url')}`
}

/** The same, with a signature of the attacker's own making. */
export function unsignedRaw(token: RawToken, signature = ''): string {
  return `${part(token.header)}.${part(token.payload)}.${signature}`
}

export function readRaw(token: string): {
  readonly header: Record<string, unknown>
  readonly payload: Record<string, unknown>
} {
  const [header = '', payload = ''] = token.split('.')
  return { header: parsePart(header), payload: parsePart(payload) }
}

function part(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

function parsePart(text: string): Record<string, unknown> {
  return jsonObject(Buffer.from(text, 'base64url').toString())
}
