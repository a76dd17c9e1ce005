/** A model may send its whole answer in one piece, and a provider of somebody's own sends what it likes: the cut costs no more for that. */
import { describe, expect, it } from 'vitest'
import { clearedWords } from '../../test-harness/cleared-words.ts'
import { SpeechUnits } from './speech-units.ts'

/** A quarter of what a model may say in one turn (4,096 tokens of 16 characters). */
const characters = 16_384

describe('a long text in one piece is cut in less than a second, while nobody else is served', () => {
  it.each([
    ['sentences', 'Hello there. '],
    ['marks without words', '! '],
    ['full stops of another script', '。'],
    ['short forms', 'Mr. '],
    ['empty lines', '\n'],
  ])('of %s', (_what, piece) => {
    const text = clearedWords(piece.repeat(Math.ceil(characters / piece.length)))
    const units = new SpeechUnits()
    const startedMs = performance.now()
    units.push(text)
    units.flush()
    expect(performance.now() - startedMs).toBeLessThan(1000)
  })
})
