import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SpokenCharacters } from './spoken-characters.ts'

describe('the characters that are spoken', () => {
  it('follow the alignment through the units, blanks behind a word included', () => {
    const spoken = new SpokenCharacters()
    spoken.add('Hello, ')
    spoken.take([...' Hel'])
    expect(spoken.spoken).toBe(3)
    spoken.take([...'lo, '])
    expect(spoken.spoken).toBe(7)
    spoken.add('you.')
    spoken.take([...'you.'])
    expect([spoken.spoken, spoken.total]).toStrictEqual([11, 11])
  })

  it('bear an alignment that lacks marks or has others', () => {
    const spoken = new SpokenCharacters()
    spoken.add('“Well”, she said — fine 👍 ok.')
    spoken.take([...'"Well" she said - fine ok.'])
    expect(spoken.spoken).toBe(spoken.total)
  })

  it('end at the sum of the units', () => {
    const spoken = new SpokenCharacters()
    spoken.add('12 %')
    spoken.take([...'twelve percent'])
    spoken.finish()
    expect(spoken.spoken).toBe(4)
  })

  it('never fall and never leave the text, whatever the provider claims', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 60 }), fc.array(fc.array(fc.string({ maxLength: 3 }))), (text, claims) => {
        const spoken = new SpokenCharacters()
        spoken.add(text)
        let before = 0
        for (const claim of claims) {
          spoken.take(claim)
          expect(spoken.spoken).toBeGreaterThanOrEqual(before)
          expect(spoken.spoken).toBeLessThanOrEqual(text.length)
          before = spoken.spoken
        }
      }),
    )
  })
})
