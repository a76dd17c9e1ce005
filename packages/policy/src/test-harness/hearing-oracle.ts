/**
 * The oracle of the spoken view. It shares nothing with the engine, no table and no code: of each phrase, every way in which it
 * can be written so that the same is heard is put together from the lists below, and looked for as plain text.
 */

export interface HeardPhrase {
  readonly language: 'en' | 'de' | 'fr' | 'es'
  readonly phrase: string
  /** In lower case, without accents; a blank stands for whatever parts two words. */
  readonly ways: readonly string[]
}

export interface HeardPlace {
  readonly start: number
  readonly end: number
}

type Language = HeardPhrase['language']
/** A name that is also an ordinary word has a `!`: of these alone nothing is spelled. */
type Names = Readonly<Record<string, string>>

const radio: Names = {
  a: 'alpha',
  b: 'bravo',
  c: 'charlie',
  d: 'delta',
  e: 'echo',
  i: 'india',
  m: 'mike',
  o: 'oscar',
  p: 'papa',
  u: 'uniform',
}
const letters: Readonly<Record<Language, Names>> = {
  en: { b: 'bee !be', c: 'cee !see', d: 'dee', e: 'ee', i: '!eye', m: 'em', o: '!oh', p: 'pee', u: '!you yu' },
  de: { b: 'beh !be', d: 'deh !de', e: 'eh', m: 'emm', o: '!oh' },
  fr: { b: 'be', d: '!de', m: 'emme', o: '!oh' },
  es: { a: '!ah', b: 'be', d: '!de', m: 'eme' },
}
const vowels = 'aeiouy'

const amounts: readonly HeardPhrase[] = [
  said(
    'en',
    '200 mg',
    [
      ['200', 'two hundred', '2 hundred'],
      [' mg', ' milligrams', ' milligram'],
    ],
    '200mg',
  ),
  said(
    'en',
    'two hundred milligrams',
    [
      ['200', 'two hundred', '2 hundred'],
      [' mg', ' milligrams'],
    ],
    '200mg',
  ),
  said('en', 'ninety percent', [
    ['90', 'ninety'],
    [' percent', '%', ' %'],
  ]),
  said('en', '$5', [['$5', '$ 5', '5 $', 'five $', 'five dollars', 'five dollar', '5 dollars', '5 dollar']]),
  said('en', 'ann at site dot org', [['ann@site.org', 'ann at site dot org', 'ann at site.org', 'ann@site dot org']]),
  said(
    'de',
    'zweihundert Milligramm',
    [
      ['200', 'zweihundert'],
      [' mg', ' milligramm'],
    ],
    '200mg',
  ),
  said(
    'de',
    'f\u00fcnfzig Euro',
    [
      ['50', 'funfzig'],
      ['\u20ac', ' \u20ac', ' euro'],
    ],
    '\u20ac50',
    '\u20ac 50',
  ),
  said(
    'fr',
    'deux cents milligrammes',
    [
      ['200', 'deux cents', '2 cents'],
      [' mg', ' milligrammes'],
    ],
    '200mg',
  ),
  said(
    'fr',
    'cinquante euros',
    [
      ['50', 'cinquante'],
      ['\u20ac', ' \u20ac', ' euros'],
    ],
    '\u20ac50',
    '\u20ac 50',
  ),
  said(
    'es',
    'doscientos miligramos',
    [
      ['200', 'doscientos'],
      [' mg', ' miligramos'],
    ],
    '200mg',
  ),
  said(
    'es',
    'cincuenta euros',
    [
      ['50', 'cincuenta'],
      ['\u20ac', ' \u20ac', ' euros'],
    ],
    '\u20ac50',
    '\u20ac 50',
  ),
]
const spelled: readonly HeardPhrase[] = [
  spell('en', 'bomb'),
  spell('en', 'dope'),
  spell('en', 'icu'),
  spell('de', 'bombe'),
  spell('fr', 'bombe'),
  spell('es', 'boda'),
]

export const heardPhrases: readonly HeardPhrase[] = [...amounts, ...spelled]

/** Where the phrase is heard in the whole text. A number behind a sign of currency is read together with it, and not alone. */
export function hearAll({ ways }: HeardPhrase, text: string): readonly HeardPlace[] {
  return wordStarts(text).flatMap((start) =>
    ways.flatMap((way) =>
      follow(way, text, start).flatMap((end) => (end === 'open' || isWordAt(text, end, way) ? [] : [{ start, end }])),
    ),
  )
}

/** Where the phrase has begun that what comes behind the text may complete, or bound. */
export function hearOpen({ ways }: HeardPhrase, text: string): readonly number[] {
  return wordStarts(text).filter((start) =>
    ways.some((way) =>
      follow(way, text, start).some((end) => end === 'open' || (end === text.length && /[a-z0-9]$/.test(way))),
    ),
  )
}

/** The places behind the way where the text has it from here on; `open` where the text ends first. */
function follow(way: string, text: string, at: number): readonly (number | 'open')[] {
  if (way === '') return [at]
  if (at >= text.length) return ['open']
  const rest = way.slice(1)
  if (!way.startsWith(' ')) return plain(text[at] ?? '') === way[0] ? follow(rest, text, at + 1) : []
  /** A sign is heard, or it parts words as a comma does. Where the phrase has words for a sign, only a blank parts it from its number. */
  const between = text[at - 1] === '\u20ac' ? /^\s+/ : /^[\s,!$\u20ac%]+/
  const gap = between.exec(text.slice(at))?.[0] ?? ''
  return [...gap].flatMap((_, index) => follow(rest, text, at + index + 1))
}

function wordStarts(text: string): readonly number[] {
  return Array.from({ length: text.length }, (_, at) => at).filter(
    (at) =>
      /[\p{L}\p{N}$\u20ac]/u.test(text[at] ?? '') &&
      !/[\p{L}\p{N}$\u20ac]/u.test(text[at - 1] ?? '') &&
      !(/\p{N}/u.test(text[at] ?? '') && /(?<![\p{L}\p{N}$\u20ac])[$\u20ac]\s+$/u.test(text.slice(0, at))),
  )
}

/** The word goes on behind the way, so it is another word. Behind a sign any may begin. */
function isWordAt(text: string, at: number, way: string): boolean {
  return /[a-z0-9]$/.test(way) && /[\p{L}\p{N}]/u.test(text[at] ?? '')
}

function plain(character: string): string {
  return character.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase()
}

function said(
  language: Language,
  phrase: string,
  parts: readonly (readonly string[])[],
  ...further: readonly string[]
): HeardPhrase {
  return { language, phrase, ways: [...product(parts).map((way) => way.join('')), ...further] }
}

function spell(language: Language, phrase: string): HeardPhrase {
  const named = [...phrase].map((letter) => [
    vowels.includes(letter) ? `!${letter}` : letter,
    ...(letters[language][letter]?.split(' ') ?? []),
    ...(radio[letter]?.split(' ') ?? []),
  ])
  const read = product(named).filter((way) => way.some((name) => !name.startsWith('!')))
  return { language, phrase, ways: [phrase, ...read.map((way) => way.map((name) => name.replace('!', '')).join(' '))] }
}

function product(parts: readonly (readonly string[])[]): readonly (readonly string[])[] {
  return parts.reduce<readonly (readonly string[])[]>(
    (ways, part) => ways.flatMap((way) => part.map((one) => [...way, one])),
    [[]],
  )
}
