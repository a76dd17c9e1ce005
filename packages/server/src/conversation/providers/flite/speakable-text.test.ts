import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { speakableText } from './speakable-text.ts'

describe('the text that flite is given', () => {
  it.each([
    ['It’s “quoted” — really…', `It's "quoted", really...`],
    ['Café naïve, Ærø, Łódź, Straße', 'Cafe naive, aero, lodz, Strasse'],
    ['two\nlines\tand\u0000a NUL', 'two lines and a NUL'],
    ['a\u001b[31m b', 'a 31m b'],
    ['ＨＥＬＬＯ １２', 'HELLO 12'],
    ['5 € or £3', '5 euros or 3 pounds'],
    ['$5 & 20% @ home', '$5 and 20 percent at home'],
    ['#1 + #x = <b>$</b>', 'number 1 plus x equals b dollars b'],
  ])('%j becomes %j', (text, plain) => {
    expect(speakableText(text)).toBe(plain)
  })

  it.each(['', ' ', '...', '?!', '😀', '—', '\u0000'])('is empty for %j', (text) => {
    expect(speakableText(text)).toBe('')
  })

  it.each(['你好', 'привет', 'Take four 四 tablets', 'of مرحبا course', '٣ apples'])(
    'is none for %j, of which it would leave letters out',
    (text) => {
      expect(speakableText(text)).toBeUndefined()
    },
  )

  it('is always one line of printable ASCII', () => {
    fc.assert(fc.property(fc.string({ unit: 'grapheme' }), (text) => /^[\x20-\x7e]*$/.test(speakableText(text) ?? '')))
  })
})
