/** The twelve disguises of runtime-safety 7, each a way to write a phrase that reads or sounds the same. */
import { seededNumbers } from './random-splits.ts'

type Disguise = (phrase: string, seed: number) => string

const cyrillic: Readonly<Record<string, string>> = {
  a: '\u0430',
  c: '\u0441',
  e: '\u0435',
  o: '\u043e',
  p: '\u0440',
  x: '\u0445',
  y: '\u0443',
  i: '\u0456',
  s: '\u0455',
  j: '\u0458',
  k: '\u043a',
  t: '\u0442',
  h: '\u04bb',
  b: '\u0432',
}
const greek: Readonly<Record<string, string>> = {
  a: '\u03b1',
  b: '\u0392',
  e: '\u0395',
  i: '\u03b9',
  k: '\u039a',
  n: '\u039d',
  o: '\u03bf',
  p: '\u03c1',
  t: '\u03a4',
  u: '\u03c5',
  v: '\u03bd',
  x: '\u03a7',
  y: '\u03a5',
  z: '\u0396',
  m: '\u039c',
  h: '\u0397',
}
const leet: Readonly<Record<string, string>> = {
  a: '4@',
  b: '8',
  e: '3',
  g: '69',
  i: '1!|',
  l: '1|',
  o: '0',
  s: '5$',
  t: '7+',
  z: '2',
  c: '(',
}

export const disguises: Readonly<Record<string, Disguise>> = {
  plain: (phrase) => phrase,
  'mixed case': mapLetters((letter, next) => (next(2) === 0 ? letter.toUpperCase() : letter)),
  'full width': mapLetters((letter) => String.fromCodePoint(0xff41 + alphabetPlace(letter))),
  mathematical: mapLetters((letter) => String.fromCodePoint(0x1d41a + alphabetPlace(letter))),
  'cyrillic look-alikes': mapLetters((letter) => cyrillic[letter] ?? letter),
  'greek look-alikes': mapLetters((letter) => greek[letter] ?? letter),
  'zero-width characters': between(['\u200c', '\u200d', '\u2060', '\ufeff', '\u00ad', '\u200b', '\u{e0061}', '\ufe0f']),
  'bidi controls': between(['\u200e', '\u200f', '\u202a', '\u202c', '\u202e', '\u2066', '\u2069']),
  'combining marks': mapLetters((letter, next) => letter + String.fromCodePoint(0x0300 + next(0x70))),
  'punctuation in words': between(['.', '-', '_', '*', '**', '~', '\u00b7', '\u2026', '/', '"', '\u{1f525}']),
  'spelled out': (phrase, seed) => [...phrase].join([' ', '  ', '\n', '\t', ' - ', '\u00a0', ' . '][seed % 7]),
  leet: mapLetters((letter, next) => pick(leet[letter] ?? letter, next)),
}

/** How the same is heard: names of letters, the radio alphabet, tags that a voice does not say. */
export const spokenDisguises: Readonly<Record<string, Disguise>> = {
  'radio alphabet': nameLetters(
    'alpha bravo charlie delta echo foxtrot golf hotel india juliett kilo lima mike november oscar papa quebec romeo sierra tango uniform victor whiskey xray yankee zulu',
  ),
  'letter names': nameLetters(
    'ay bee cee dee ee ef gee aitch eye jay kay el em en oh pee cue ar ess tee you vee double-u ex wye zee',
  ),
  'tags in words': between(['<b></b>', '<break/>', '<mark name="x"/>', '</i>']),
}

/** Only where a phrase is three Latin letters or more, in words of any length; else it stays as it is. */
function nameLetters(names: string): Disguise {
  const list = names.split(' ').map((name) => name.replace('-', ' '))
  return (phrase) =>
    /^[a-z]+(?: [a-z]+)*$/i.test(phrase) && phrase.replaceAll(' ', '').length >= 3
      ? [...phrase.toLowerCase().replaceAll(' ', '')].map((letter) => list[alphabetPlace(letter)] ?? letter).join(' ')
      : phrase
}

/** Lower-case Latin letters go through the map, everything else stays. */
function mapLetters(map: (letter: string, next: (limit: number) => number) => string): Disguise {
  return (phrase, seed) => {
    const next = seededNumbers(seed)
    return [...phrase.toLowerCase()]
      .map((character) => (/[a-z]/.test(character) ? map(character, next) : character))
      .join('')
  }
}

/** One of these between any two letters. */
function between(fillers: readonly string[]): Disguise {
  return (phrase, seed) => {
    const next = seededNumbers(seed)
    return phrase.replaceAll(/(?<=[\p{L}\p{N}])(?=[\p{L}\p{N}])/gu, () => pick(fillers, next))
  }
}

function pick(choices: string | readonly string[], next: (limit: number) => number): string {
  return choices[next(choices.length)] ?? ''
}

function alphabetPlace(letter: string): number {
  return letter.charCodeAt(0) - 0x61
}
