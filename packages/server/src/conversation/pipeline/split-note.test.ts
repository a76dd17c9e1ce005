import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { maxPieceCharacters, splitNote } from './split-note.ts'

describe('a note in pieces', () => {
  test('is one piece when it is short', () => {
    expect(splitNote('Open at nine.')).toEqual(['Open at nine.'])
  })

  test.each(['\n\n', '\n', '. ', ' '])('is cut behind %j', (end) => {
    const [first = '', second] = splitNote(`${'x'.repeat(3000)}${end}${'y'.repeat(3000)}`)
    expect([first, second]).toEqual([`${'x'.repeat(3000)}${end}`, 'y'.repeat(3000)])
  })

  test('holds every character, no piece is too long, and none ends in half a character', () => {
    const unit = fc.constantFrom('a', ' ', '. ', '\n', '\u{1f600}', 'word'.repeat(40))
    fc.assert(
      fc.property(fc.array(unit, { maxLength: 400 }), fc.nat(2), (units, repeat) => {
        const text = units.join('').repeat(repeat + 1)
        const pieces = splitNote(text)
        expect(pieces.join('')).toBe(text)
        for (const piece of pieces) {
          expect(piece.length).toBeLessThanOrEqual(maxPieceCharacters)
          expect(piece.isWellFormed()).toBe(true)
        }
      }),
      { numRuns: 300 },
    )
  })
})
