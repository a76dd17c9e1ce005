import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ClearedBuffer } from './cleared-buffer.ts'
import { clearedWords } from './test-harness/cleared-words.ts'

describe('a buffer of cleared words', () => {
  it('gives out what it was given, in its order, wherever it is cut', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('Hello. ', 'a', '😀', ' ')), fc.array(fc.nat(5)), (pieces, cuts) => {
        const buffer = new ClearedBuffer()
        let taken = ''
        for (const [index, piece] of pieces.entries()) {
          buffer.push(clearedWords(piece))
          taken += buffer.take(Math.min(cuts[index] ?? 0, buffer.text.length))
        }
        expect(taken + buffer.text).toBe(pieces.join(''))
      }),
    )
  })

  it.each([-1, 6, 0.5, Number.NaN, Number.POSITIVE_INFINITY])('refuses to take %d of five', (length) => {
    const buffer = new ClearedBuffer()
    buffer.push(clearedWords('Hello'))
    expect(() => buffer.take(length)).toThrow(RangeError)
    expect(buffer.text).toBe('Hello')
  })
})
