import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AppError } from '../kernel/app-error.ts'
import { testUuid } from '../platform/crypto/test-harness/key-fixtures.ts'
import { UploadRoom } from './upload-room.ts'

const [one, two, three] = [testUuid(1), testUuid(2), testUuid(3)]

function isRefused(take: () => unknown): boolean {
  try {
    take()
    return false
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    return error.code === 'request.rate_limited' && error.retryAfterSeconds !== undefined
  }
}

describe('room for files', () => {
  it('is half of it for one workspace, and the whole for all together', () => {
    const room = new UploadRoom(100)
    room.take(one, 50)
    expect(isRefused(() => room.take(one, 1))).toBe(true)
    room.take(two, 49)
    expect(isRefused(() => room.take(three, 2))).toBe(true)
    room.take(three, 1)
  })

  it('is there again when it was given back, once however often one says so', () => {
    const room = new UploadRoom(100)
    const leave = room.take(one, 50)
    leave()
    leave()
    room.take(one, 50)
    expect(isRefused(() => room.take(one, 1))).toBe(true)
  })

  it('is not held for ever by those whose files do not come: they give way to whoever will hold less', () => {
    let nowMs = 0
    const room = new UploadRoom(100, () => nowMs)
    const gone: string[] = []
    const arriving = (name: string, isThere = false) => ({
      canGiveWay: () => !isThere,
      giveWay: () => void gone.push(name),
    })
    room.take(one, 25, arriving('there', true))
    room.take(one, 25, arriving('first'))
    room.take(two, 25, arriving('second'))
    room.take(two, 25, arriving('third'))
    nowMs = 14_999
    expect(isRefused(() => room.take(three, 20))).toBe(true)
    nowMs = 15_000
    expect([isRefused(() => room.take(one, 25)), isRefused(() => room.take(three, 50)), gone]).toEqual([true, true, []])
    room.take(three, 20)
    expect(gone).toEqual(['first'])
    room.take(three, 25)
    expect(gone).toEqual(['first', 'second'])
    room.take(three, 5)
    // Of those that are left nobody holds more than it would.
    expect(isRefused(() => room.take(two, 10))).toBe(true)
    expect(gone).toEqual(['first', 'second'])
  })

  it('is never more than there is, whatever is taken and given back', () => {
    const act = fc.record({ who: fc.constantFrom(one, two, three), bytes: fc.nat({ max: 60 }), leaves: fc.boolean() })
    fc.assert(
      fc.property(fc.array(act, { maxLength: 50 }), (acts) => {
        const room = new UploadRoom(100)
        const held: { who: string; bytes: number; leave: () => void }[] = []
        for (const { who, bytes, leaves } of acts) {
          if (leaves) held.shift()?.leave()
          const own = held.filter((holder) => holder.who === who).reduce((sum, holder) => sum + holder.bytes, 0)
          const all = held.reduce((sum, holder) => sum + holder.bytes, 0)
          const fits = own + bytes <= 50 && all + bytes <= 100
          let leave: (() => void) | undefined
          expect(
            isRefused(() => {
              leave = room.take(who, bytes)
            }),
          ).toBe(!fits)
          if (leave !== undefined) held.push({ who, bytes, leave })
        }
      }),
    )
  })
})
