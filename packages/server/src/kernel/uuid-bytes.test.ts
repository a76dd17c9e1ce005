import { describe, expect, it } from 'vitest'
import { systemClock } from './clock.ts'
import { idMaker } from './new-id.ts'
import { uuidFromBytes, uuidToBytes } from './uuid-bytes.ts'

describe('the bytes of a UUID', () => {
  it('are 16 and give it back', () => {
    const id = idMaker(systemClock)()
    expect(uuidToBytes(id)).toHaveLength(16)
    expect(uuidFromBytes(uuidToBytes(id))).toBe(id)
  })

  it('stand in the order of its text', () => {
    const bytes = Uint8Array.from({ length: 16 }, (_, index) => index)
    expect(uuidFromBytes(bytes)).toBe('00010203-0405-0607-0809-0a0b0c0d0e0f')
  })

  it.each([0, 15, 17, 32])('are none when there are %i', (length) => {
    expect(uuidFromBytes(new Uint8Array(length))).toBeUndefined()
  })
})
