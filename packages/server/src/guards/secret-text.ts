/**
 * The text of a secret that says where it belongs, in a link or a cookie. API keys have a form of their own, which people
 * copy and scanners recognise (api-key-text.ts).
 * `<prefix><base64url of: workspace uuid, id, one or more secrets of 256 bits, CRC-32 of prefix and all before>`
 *
 * Threat: typos and random strings cost database work; a text is altered into another one.
 * Rule: only the canonical spelling with the right checksum is such a text at all. What it names is not proved by that.
 * On failure: `undefined`.
 */
import { crc32 } from 'node:zlib'
import type { Uuid } from '@hyponema/contract'
import { uuidFromBytes, uuidToBytes } from '../kernel/uuid-bytes.ts'

export type SecretTextForm = { readonly prefix: string; readonly secrets: number }

/** What an unverified text claims. */
export type SecretTextClaim = {
  readonly workspaceId: Uuid
  readonly id: Uuid
  readonly secrets: readonly Buffer[]
}

const secretBytes = 32
const uuidBytes = 16
const checksumBytes = 4

export function makeSecretText(form: SecretTextForm, claim: SecretTextClaim): string {
  if (claim.secrets.length !== form.secrets || claim.secrets.some((secret) => secret.length !== secretBytes)) {
    throw new RangeError(`expected ${form.secrets} secrets of ${secretBytes} bytes`)
  }
  const body = Buffer.concat([uuidToBytes(claim.workspaceId), uuidToBytes(claim.id), ...claim.secrets])
  return `${form.prefix}${Buffer.concat([body, checksum(form.prefix, body)]).toString('base64url')}`
}

export function parseSecretText(form: SecretTextForm, text: string): SecretTextClaim | undefined {
  const length = 2 * uuidBytes + form.secrets * secretBytes + checksumBytes
  if (!text.startsWith(form.prefix) || text.length !== form.prefix.length + Math.ceil((length * 4) / 3))
    return undefined
  const encoded = text.slice(form.prefix.length)
  const bytes = Buffer.from(encoded, 'base64url')
  // Decoders skip what is no digit and ignore unused bits: only what encodes back to the same text is one.
  if (bytes.length !== length || bytes.toString('base64url') !== encoded) return undefined
  const body = bytes.subarray(0, -checksumBytes)
  if (!checksum(form.prefix, body).equals(bytes.subarray(-checksumBytes))) return undefined
  const workspaceId = uuidFromBytes(body.subarray(0, uuidBytes))
  const id = uuidFromBytes(body.subarray(uuidBytes, 2 * uuidBytes))
  if (workspaceId === undefined || id === undefined) return undefined
  const secrets = Array.from({ length: form.secrets }, (_, index) => {
    const start = 2 * uuidBytes + index * secretBytes
    return body.subarray(start, start + secretBytes)
  })
  return { workspaceId, id, secrets }
}

function checksum(prefix: string, body: Buffer): Buffer {
  const sum = Buffer.alloc(checksumBytes)
  sum.writeUInt32BE(crc32(body, crc32(prefix)))
  return sum
}
