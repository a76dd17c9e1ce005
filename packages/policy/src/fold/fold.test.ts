import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { vectorsFolder } from '../test-harness/vectors-folder.ts'
import { confusableLetters } from './confusable-letters.ts'
import { foldCodePoint, gaps } from './fold-code-point.ts'
import { foldForRecord } from './fold-for-record.ts'
import { foldPattern } from './fold-pattern.ts'
import { foldPhrase } from './fold-phrase.ts'
import { foldCase, readSource } from './read-source.ts'

const vectors = vectorsFolder(process.env['VECTORS_DIR'])
const anyText = fc.string({ unit: 'binary', maxLength: 40 })

function variants(phrase: string): readonly string[] {
  return foldPhrase(phrase).map((symbols) =>
    symbols.map((symbol) => (symbol === 0 ? ' ' : String.fromCodePoint(symbol))).join(''),
  )
}

describe('the fold of a code point', () => {
  it.each([
    ['\uff24', 'd'],
    ['\u{1d41d}', 'd'],
    ['\u0430', 'a'],
    ['\u00df', 'ss'],
    ['\ufb01', 'fi'],
    ['\u0130', 'i'],
    ['\u0131', 'i'],
    ['\u017f', 's'],
    ['\u00e9', 'e'],
    ['\u00f8', 'o'],
    ['\u{1f170}', 'a'],
    ['\u{1f1e7}', 'b'],
    ['\u0663', '3'],
    ['\u2460', '1'],
    ['\u1d00', 'a'],
  ])('reads %s as %s', (character, expected) => {
    expect(foldForRecord(character)).toBe(expected)
  })

  it.each([...'\u200c\u200d\u2060\ufeff\u00ad\u202e\u2066\ufe0f\u0336\u0301\u034f', '\u{e0061}', '\u{e0100}'])(
    'does not see %j',
    (character) => {
      expect(foldCodePoint(character.codePointAt(0) ?? 0)).toMatchObject({ letters: [], gap: gaps.none })
    },
  )

  it.each([...'\u200b\u0000\u001f\u180e\u115f\u3164\uffa0'])('takes %j for nothing or for a blank', (character) => {
    expect(foldCodePoint(character.codePointAt(0) ?? 0)).toMatchObject({ letters: [], gap: gaps.soft })
  })

  it('keeps both readings where a character looks like two letters', () => {
    const readings = (character: string) =>
      foldCodePoint(character.codePointAt(0) ?? 0).letters[0]?.readings.map((code) => String.fromCodePoint(code))
    expect(readings('\u039d')).toEqual(['v', 'n'])
    expect(readings('1')).toEqual(['1', 'i', 'l'])
    expect(readings('l')).toEqual(['l'])
  })

  it('does not read a fraction as a run of digits', () => {
    expect(foldForRecord('\u00bd')).toBe('\u00bd')
  })

  it('P5: is idempotent', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const folded = foldForRecord(text)
        expect(foldForRecord(folded)).toBe(folded)
      }),
    )
  })

  it.skipIf(vectors === null)('covers every pair of ../shared/vectors/unicode/intentional.txt but these', () => {
    const pairs = readFileSync(join(vectors ?? '', 'unicode/intentional.txt'), 'utf8').matchAll(
      /^([0-9A-F]+) ;\s+([0-9A-F]+)/gm,
    )
    const readings = (hex: string) => foldCodePoint(Number.parseInt(hex, 16)).letters[0]?.readings ?? []
    const gapsFound = [...pairs]
      .filter(([, left = '', right = '']) => readings(left).every((reading) => !readings(right).includes(reading)))
      .map(([, left = '', right = '']) => `${left} ${right}`)
    /** Left out: scripts in which no policy of the four languages is written. */
    expect(gapsFound).toEqual([
      ...['17A2 17A3', '1835 1855', '199E 19D0', '19B1 19D1', '1A45 1A80', '1A45 1A90', '1B0D 1B52', '1B11 1B53'],
      ...['1B28 1B58', '1B50 1B5C', 'A9D0 A9C6', '10382 103D1', '10393 103D3', '1039A 12038', '10486 104A0'],
    ])
  })

  it('holds no look-alike of an ASCII letter by an ASCII letter', () => {
    expect([...confusableLetters.keys()].filter((key) => key < 0x80)).toEqual([])
  })
})

describe('a phrase', () => {
  it('is its words, and closed where punctuation stood inside a word', () => {
    expect(variants('E-Mail me')).toEqual(['e mail me', 'email me'])
    expect(variants('gro\u00dfe-tante')).toEqual(['grosse tante', 'grossetante'])
  })

  it('is not closed to another word', () => {
    expect(variants('U.S. army')).toEqual(['u s army'])
    expect(variants("f'ed")).toEqual(['f ed'])
    expect(variants("he'll")).toEqual(['he ll'])
  })

  it('is also found without its blanks when it is long', () => {
    expect(variants('take four hundred')).toEqual(['take four hundred', 'takefourhundred'])
    expect(variants('the rapist')).toEqual(['the rapist'])
  })

  it('keeps a sign that belongs to a word, and drops one that ends a sentence', () => {
    expect([variants('c++'), variants('@55'), variants('$100'), variants('sh!t')]).toEqual([
      ['c++'],
      ['@55'],
      ['$100'],
      ['sh!t'],
    ])
    expect(variants('stop! now')).toEqual(['stop now'])
  })

  it.each(['', '!!!', '\u200b', '\u{1f525}'])('is nothing when it has no letter: %j', (phrase) => {
    expect(foldPhrase(phrase)).toEqual([])
  })
})

describe('the source that regexes read', () => {
  it('strips what is invisible, composes and lowers, and keeps separators', () => {
    expect(readSource('\uff14\u00ad00\u200b  M\u0302G \u2167').map(({ text }) => text)).toEqual(['400  m\u0302g viii'])
  })

  it('P5: leads back to the given text in order, and covers it', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        for (const read of readSource(text)) {
          for (let place = 0; place < read.text.length; place += 1) {
            expect(read.startOf(place)).toBeGreaterThanOrEqual(place === 0 ? 0 : read.startOf(place - 1))
            expect(read.endOf(place + 1)).toBeGreaterThan(read.startOf(place))
            expect(read.endOf(place + 1)).toBeLessThanOrEqual(text.length)
          }
        }
      }),
    )
  })

  it('is read a second time where case folding makes another text of it, with the places of the first', () => {
    const [lower, folded, ...more] = readSource('a Stra\u00dfe \u0391\u0399 \u1fb3 \u0131\u03c2')
    expect([lower.text, folded?.text, more]).toEqual([
      'a stra\u00dfe \u03b1\u03b9 \u1fb3 \u0131\u03c2',
      'a strasse \u03b1\u03b9 \u03b1\u03b9 \u0131\u03c2',
      [],
    ])
    expect([6, 7, 8].map((place) => folded?.startOf(place))).toEqual([6, 6, 7])
    expect([6, 7, 8, 9].map((place) => folded?.endOf(place))).toEqual([6, 7, 7, 8])
  })

  it('P5: folded once more it is the same', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        for (const { text: read } of readSource(text)) expect(foldCase(foldCase(read))).toBe(foldCase(read))
      }),
    )
  })

  it.each([
    ['stra\u00dfe', 'stra(?:\u00df|ss)e'],
    ['[\u00e4\u00df]+', '(?:[\u00e4\u00df]|ss)+'],
    ['[^\u00df]\\\u00df(?P<x>\u00e9)', '[^\u00df]\\\u00df(?P<x>\u00e9)'],
    ['\\Q\u00df\\E+\u1e9e', '\\Q\u00df\\E+(?:\u1e9e|ss)'],
    ['[[:alpha:]\\]\u00df]', '(?:[[:alpha:]\\]\u00df]|ss)'],
    ['plain \\d+', 'plain \\d+'],
  ])('the pattern %j is compiled as %j', (written, compiled) => {
    expect(foldPattern(written)).toBe(compiled)
  })
})
