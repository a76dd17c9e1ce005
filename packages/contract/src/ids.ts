/**
 * Identifiers: a type prefix, `_`, and the 26-character Crockford base32 form of a UUIDv7 (RFC 9562),
 * as in `ses_01jd3v...`. They sort by creation time. Inside the server and the database an id is the bare UUID.
 */
import { z } from 'zod'
import type { Brand } from './brand.ts'

/** A lower-case hyphenated UUID that has passed {@link parseUuid}. */
export type Uuid = Brand<string, 'Uuid'>

export const idPrefixes = {
  workspace: 'wsp',
  apiKey: 'key',
  agent: 'agt',
  user: 'usr',
  credential: 'crd',
  session: 'ses',
  turn: 'trn',
  decision: 'dec',
  policy: 'pol',
  escalation: 'esc',
  escalationMessage: 'emg',
  knowledge: 'kno',
  chunk: 'chk',
  contactAttempt: 'cat',
  consent: 'cns',
  auditEvent: 'aud',
  legalHold: 'hld',
  event: 'evt',
  webhook: 'whk',
  delivery: 'dlv',
  attempt: 'att',
  operator: 'opr',
  invitation: 'inv',
  refreshFamily: 'fam',
  request: 'req',
  topicCooldown: 'tcd',
} as const

export type IdKind = keyof typeof idPrefixes

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'
const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/**
 * Returns the UUID when `text` is one in canonical lower-case form, else undefined. Nothing else may reach SQL as an id: a
 * value that only turns into such a text is refused too, because it may turn into another one the next time.
 */
export function parseUuid(text: unknown): Uuid | undefined {
  return isUuid(text) ? text : undefined
}

function isUuid(text: unknown): text is Uuid {
  return typeof text === 'string' && uuidPattern.test(text)
}

/** Renders a UUID as a prefixed public id. */
export function encodeId(kind: IdKind, uuid: Uuid): string {
  let value = BigInt(`0x${uuid.replaceAll('-', '')}`)
  let text = ''
  for (let index = 0; index < 26; index += 1) {
    text = `${alphabet[Number(value & 31n)] ?? ''}${text}`
    value >>= 5n
  }
  return `${idPrefixes[kind]}_${text}`
}

/** Reads a public id of the given kind, or returns undefined; only the one canonical spelling is accepted. */
export function decodeId(kind: IdKind, text: string): Uuid | undefined {
  const prefix = `${idPrefixes[kind]}_`
  if (!text.startsWith(prefix) || text.length !== prefix.length + 26) return undefined
  let value = 0n
  for (const character of text.slice(prefix.length)) {
    const digit = alphabet.indexOf(character)
    if (digit < 0) return undefined
    value = (value << 5n) | BigInt(digit)
  }
  if (value >> 128n !== 0n) return undefined
  const hex = value.toString(16).padStart(32, '0')
  return parseUuid(`${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`)
}

/** The creation time inside a UUIDv7, in milliseconds since 1970. */
export function uuidTimeMs(uuid: Uuid): number {
  return Number.parseInt(uuid.slice(0, 8) + uuid.slice(9, 13), 16)
}

/** Makes a UUIDv7 from a clock reading and 10 random bytes (RFC 9562 section 5.7). */
export function makeUuidV7(nowMs: number, random: Uint8Array): Uuid {
  const bytes = new Uint8Array(16)
  let time = nowMs
  for (let index = 5; index >= 0; index -= 1) {
    bytes[index] = time % 256
    time = Math.floor(time / 256)
  }
  bytes.set(random.subarray(0, 10), 6)
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x70
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
  const uuid = parseUuid(
    `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`,
  )
  if (uuid === undefined) throw new RangeError('makeUuidV7: time out of range')
  return uuid
}

/** A zod schema for a public id of one kind, as it stands on the wire. */
export function idSchema(kind: IdKind) {
  // 26 characters are 130 bits: the first one holds three, so that no other text than those of `encodeId` matches.
  const pattern = new RegExp(`^${idPrefixes[kind]}_[0-7][${alphabet}]{25}$`)
  return z
    .string()
    .regex(pattern, `expected an id that begins with ${idPrefixes[kind]}_`)
    .meta({ description: `Id of ${nounOf(kind)}`, example: `${idPrefixes[kind]}_01jd3v7t6zf3m8k2x9w4c5b6n7` })
}

/** With its article: `an agent`, `an audit event`, `a source of knowledge`. */
function nounOf(kind: IdKind): string {
  if (kind === 'knowledge') return 'a source of knowledge'
  if (kind === 'chunk') return 'a passage of a source'
  const words = kind.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`).replace(/^api /, 'API ')
  return `${/^[aeiou]/i.test(words) && !words.startsWith('user') ? 'an' : 'a'} ${words}`
}
