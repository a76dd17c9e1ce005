import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { HeardPosition } from './heard-position.ts'

describe('the position that was heard', () => {
  it('lies between what the voice told, in proportion to the audio', () => {
    const position = new HeardPosition()
    position.say(100)
    position.audio(500)
    position.audio(1000, 20)
    position.audio(2000, 100)
    expect([0, 500, 1000, 1250, 2000].map((ms) => position.at(ms))).toEqual([0, 10, 20, 40, 100])
  })

  it('is estimated with caution where the voice tells nothing, and in proportion when all is there', () => {
    const position = new HeardPosition()
    position.say(60)
    position.audio(3000)
    expect([1000, 2000, 9000].map((ms) => position.at(ms))).toEqual([12, 24, 36])
    position.audio(4000)
    position.complete()
    expect([1000, 2000, 3999, 4000].map((ms) => position.at(ms))).toEqual([15, 30, 59, 60])
  })

  it('never counts words without audio', () => {
    const position = new HeardPosition()
    position.say(10)
    position.audio(700, 10)
    position.say(500)
    expect(position.at(60_000)).toBe(10)
  })

  it('counts what brings no audio with the words behind it, and at the end by itself', () => {
    const position = new HeardPosition()
    position.say(4)
    position.say(10)
    position.audio(1000, 14)
    position.say(3)
    expect(position.at(1000)).toBe(14)
    position.complete(2)
    expect(position.at(999)).toBeLessThan(19)
    expect(position.at(1000)).toBe(19)
  })

  it('is the end at once where nothing was to be spoken', () => {
    const position = new HeardPosition()
    position.say(3)
    expect(position.at(0)).toBe(0)
    position.complete()
    expect(position.at(0)).toBe(3)
  })

  it('never falls while audio is played, never passes what was said, and is whole at the end', () => {
    const piece = fc.record({ said: fc.nat(40), ms: fc.integer({ min: 1, max: 400 }), told: fc.option(fc.nat(60)) })
    fc.assert(
      fc.property(fc.array(piece, { minLength: 1, maxLength: 30 }), (pieces) => {
        const position = new HeardPosition()
        let said = 0
        let audioMs = 0
        for (const { said: more, ms, told } of pieces) {
          position.say(more)
          said += more
          audioMs += ms
          position.audio(audioMs, told === null ? undefined : told + said / 2)
        }
        for (const finished of [false, true]) {
          if (finished) position.complete()
          const heard = Array.from({ length: 50 }, (_, step) => position.at((audioMs * step) / 49))
          expect(heard).toEqual(heard.toSorted((left, right) => left - right))
          expect(Math.max(...heard)).toBeLessThanOrEqual(said)
          expect(heard.every(Number.isInteger)).toBe(true)
        }
        expect(position.at(audioMs)).toBe(said)
      }),
    )
  })
})
