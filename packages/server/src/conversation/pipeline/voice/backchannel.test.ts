import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isBackchannel } from './backchannel.ts'

describe('a backchannel', () => {
  it.each([
    ['en', 'Uh-huh.'],
    ['en', 'uh huh'],
    ['en', 'Mm-hm'],
    ['en', 'mhm'],
    ['en', 'Mmmm.'],
    ['en', 'Yeah, right.'],
    ['en', 'Okay'],
    ['en', 'ok ok ok'],
    ['en', 'I see.'],
    ['en', 'Oh, got it!'],
    ['en-US', 'Right.'],
    ['de', 'Ja, genau.'],
    ['de', 'Alles klar'],
    ['de', 'Mhm, okay'],
    ['de', 'ach so'],
    ['fr', 'Oui, oui.'],
    ['fr', "D'accord"],
    ['fr', 'D’accord'],
    ['fr', 'Tout à fait'],
    ['es', 'Sí, claro.'],
    ['es', 'De acuerdo'],
    ['fi', 'Mm-hm, okay'],
  ])('in %s is %s', (language, text) => {
    expect(isBackchannel(text, language)).toBe(true)
  })

  it.each([
    ['en', ''],
    ['en', '...'],
    ['en', 'No.'],
    ['en', 'Stop'],
    ['en', 'Wait, okay'],
    ['en', 'Okay?'],
    ['en', 'Yeah but when'],
    ['en', 'Right, the other one'],
    ['en', 'yeah yeah yeah yeah'],
    ['en', 'genau'],
    ['en', 'hum along'],
    ['de', 'Nein'],
    ['de', 'Ja, aber'],
    ['fr', 'Non'],
    ['es', 'No'],
    ['es', '¿Sí?'],
    ['en', '1'],
  ])('in %s is not %s', (language, text) => {
    expect(isBackchannel(text, language)).toBe(false)
  })

  it('never has more than three words, whatever they are', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('yeah', 'ok', 'mm', 'right', 'uh'), { minLength: 4 }), (words) => {
        expect(isBackchannel(words.join(' '), 'en')).toBe(false)
      }),
    )
  })
})
