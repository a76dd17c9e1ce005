import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { affordablePieces } from './affordable-pieces.ts'

const prose = 'This is a sentence of usual words that goes on for a while. '.repeat(6).slice(0, 300).trim()

describe('pieces that flite can afford', () => {
  it('are the text itself where it is of usual words, as long as they may be', () => {
    expect(affordablePieces(prose)).toStrictEqual([prose])
    expect(affordablePieces('Call 555 0199 at 12:30.')).toStrictEqual(['Call 555 0199 at 12:30.'])
    expect(affordablePieces('')).toStrictEqual([])
  })

  it.each([
    ['digits', '1'.repeat(300), 53],
    ['letters that are spelled', 'X'.repeat(300), 53],
    ['short words that are spelled', 'bcd '.repeat(75).trim(), 80],
  ])('are short for %s', (_what, text, longest) => {
    for (const piece of affordablePieces(text)) expect(piece.length).toBeLessThanOrEqual(longest)
  })

  it('leave nothing out, whatever comes', () => {
    const characters = fc.constantFrom('a', 'x', '7', ' ', '.', '$')
    fc.assert(
      fc.property(fc.array(characters, { maxLength: 1000 }), (given) => {
        const text = given.join('')
        expect(affordablePieces(text).join('').replaceAll(' ', '')).toBe(text.replaceAll(' ', ''))
      }),
    )
  })
})
