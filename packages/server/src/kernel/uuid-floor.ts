import { parseUuid, type Uuid } from '@hyponema/contract'

/** The smallest UUIDv7 of that millisecond (RFC 9562): everything made from then on sorts behind it. */
export function uuidFloor(ms: number): Uuid {
  const hex = Math.max(0, Math.min(ms, 2 ** 48 - 1))
    .toString(16)
    .padStart(12, '0')
  const uuid = parseUuid(`${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`)
  if (uuid === undefined) throw new RangeError(`${ms} is no time`)
  return uuid
}
