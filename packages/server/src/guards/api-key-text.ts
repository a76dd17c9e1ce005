/**
 * The text of a workspace API key (data-boundary 2):
 * `hyp_<live|test>_<22 base62: workspace uuid><22 base62: key uuid>_<43 base62: 256 random bits>_<6 base62: CRC-32 of all before>`
 *
 * Threat: typos and random strings cost database work; a key is altered into another one.
 * Rule: only the canonical spelling with the right checksum is a key text at all. What it names is not proved by that.
 * On failure: `undefined`.
 */
import { crc32 } from 'node:zlib'
import type { Uuid } from '@hyponema/contract'
import { uuidFromBytes, uuidToBytes } from '../kernel/uuid-bytes.ts'

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const pattern = /^hyp_(live|test)_([0-9A-Za-z]{22})([0-9A-Za-z]{22})_([0-9A-Za-z]{43})_([0-9A-Za-z]{6})$/

export type ApiKeyMode = 'live' | 'test'

/** What an unverified key text claims. */
export type ApiKeyClaim = { readonly mode: ApiKeyMode; readonly workspaceId: Uuid; readonly keyId: Uuid }

const secretBytes = 32

/** Writes a key. `secret` is 32 random bytes; any other length is a RangeError. */
export function makeApiKey(claim: ApiKeyClaim, secret: Uint8Array): string {
  if (secret.length !== secretBytes) throw new RangeError(`the secret of a key has ${secretBytes} bytes`)
  const body = `hyp_${claim.mode}_${uuidToBase62(claim.workspaceId)}${uuidToBase62(claim.keyId)}_${toBase62(secret, 43)}`
  return `${body}_${checksum(body)}`
}

export function parseApiKey(text: string): ApiKeyClaim | undefined {
  const match = pattern.exec(text)
  if (match === null || checksum(text.slice(0, -7)) !== match[5]) return undefined
  const workspaceId = uuidFromBase62(match[2] ?? '')
  const keyId = uuidFromBase62(match[3] ?? '')
  const secret = fromBase62(match[4] ?? '', secretBytes)
  if (workspaceId === undefined || keyId === undefined || secret === undefined) return undefined
  return { mode: match[1] === 'live' ? 'live' : 'test', workspaceId, keyId }
}

function checksum(body: string): string {
  let value = crc32(body)
  let text = ''
  for (let index = 0; index < 6; index += 1) {
    text = `${alphabet[value % 62] ?? ''}${text}`
    value = Math.floor(value / 62)
  }
  return text
}

function uuidToBase62(uuid: Uuid): string {
  return toBase62(uuidToBytes(uuid), 22)
}

function uuidFromBase62(text: string): Uuid | undefined {
  const bytes = fromBase62(text, 16)
  return bytes === undefined ? undefined : uuidFromBytes(bytes)
}

function toBase62(bytes: Uint8Array, width: number): string {
  let value = BigInt(`0x${Buffer.from(bytes).toString('hex')}`)
  let text = ''
  for (let index = 0; index < width; index += 1) {
    text = `${alphabet[Number(value % 62n)] ?? ''}${text}`
    value /= 62n
  }
  return text
}

/** Eight digits are the most whose value is still an exact number. */
const chunkDigits = 8

/** Undefined when the value needs more bytes: then another text would mean the same, and only one spelling may. */
function fromBase62(text: string, byteLength: number): Buffer | undefined {
  let value = 0n
  for (let start = 0; start < text.length; start += chunkDigits) {
    const digits = text.slice(start, start + chunkDigits)
    let chunk = 0
    for (const digit of digits) chunk = chunk * 62 + alphabet.indexOf(digit)
    value = value * BigInt(62 ** digits.length) + BigInt(chunk)
  }
  if (value >> BigInt(byteLength * 8) !== 0n) return undefined
  return Buffer.from(value.toString(16).padStart(byteLength * 2, '0'), 'hex')
}
