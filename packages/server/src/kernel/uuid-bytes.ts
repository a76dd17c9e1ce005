import { parseUuid, type Uuid } from '@hyponema/contract'

/** The 16 bytes of a UUID, as texts that are shorter than its own form carry them. */
export function uuidToBytes(uuid: Uuid): Buffer {
  return Buffer.from(uuid.replaceAll('-', ''), 'hex')
}

/** Undefined where there are not 16 of them. */
export function uuidFromBytes(bytes: Uint8Array): Uuid | undefined {
  const hex = Buffer.from(bytes).toString('hex')
  return parseUuid(`${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`)
}
