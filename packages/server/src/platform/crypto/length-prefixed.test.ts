import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { lengthPrefixed } from './length-prefixed.ts'

/** Reads the parts back, which is possible only where no two lists give the same bytes. */
function partsOf(bytes: Buffer): Buffer[] {
  const parts: Buffer[] = []
  for (let at = 0; at < bytes.length; ) {
    const end = at + 4 + bytes.readUInt32BE(at)
    parts.push(bytes.subarray(at + 4, end))
    at = end
  }
  return parts
}

describe('length-prefixed parts', () => {
  it('stand each behind their length as 32 bits, big end first', () => {
    expect(lengthPrefixed(['ab', Buffer.of(1, 2, 3)]).toString('hex')).toBe('00000002616200000003010203')
  })

  it('of no part are no bytes, and an empty part is not no part', () => {
    expect(lengthPrefixed([])).toHaveLength(0)
    expect(lengthPrefixed([''])).toHaveLength(4)
  })

  it('can be read back, so that no two lists give the same bytes', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 6 }), (parts) => {
        expect(partsOf(lengthPrefixed(parts)).map((part) => part.toString('hex'))).toEqual(
          parts.map((part) => Buffer.from(part).toString('hex')),
        )
      }),
    )
  })
})
