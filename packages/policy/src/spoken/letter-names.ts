/**
 * Words that are heard as one letter when several of them follow each other. A word that is also an ordinary word of the
 * language ("see", "are", "you") is a letter only beside one that is not: "I see you" is no "icu".
 */
import type { PolicyLanguage } from '@hyponema/contract'

export interface LetterName {
  readonly letters: string
  readonly language: PolicyLanguage | 'all'
  /** Says nothing by itself: an ordinary word too. */
  readonly isOrdinary: boolean
}

/** `!` before a word: an ordinary one. */
const names: Readonly<Record<PolicyLanguage, Readonly<Record<string, string>>>> = {
  en: {
    a: 'ay eh !hey',
    b: 'bee !be',
    c: 'cee !see !sea',
    d: 'dee',
    e: 'ee',
    f: 'ef eff',
    g: 'gee jee',
    h: 'aitch haitch',
    i: '!eye !aye',
    j: 'jay',
    k: 'kay cay',
    l: 'el ell',
    m: 'em',
    n: 'en',
    o: '!oh !owe',
    p: 'pee !pea',
    q: 'cue !queue',
    r: 'ar !are',
    s: 'ess es',
    t: 'tee !tea',
    u: 'yu !you',
    v: 'vee',
    w: 'doubleu doubleyou',
    x: 'ex',
    y: 'wye !why',
    z: 'zee zed',
  },
  de: {
    a: 'ah',
    b: 'beh !be',
    c: 'ce tse zeh',
    d: 'deh !de',
    e: 'eh',
    f: 'ef eff',
    g: 'ge geh',
    h: '!ha',
    j: 'jot',
    k: 'ka kah',
    l: 'el ell',
    m: 'em emm',
    n: 'en enn',
    o: '!oh',
    p: 'pe peh',
    q: 'ku kuh',
    r: '!er err',
    s: '!es ess',
    t: 'te teh',
    u: 'uh',
    v: 'vau',
    w: 'weh !we',
    x: 'ix iks',
    y: 'ypsilon',
    z: 'zett zet',
  },
  fr: {
    a: '!ah',
    b: 'be',
    c: '!ce',
    d: '!de',
    e: '!eux',
    f: 'effe',
    g: 'ge',
    h: 'ache hache',
    j: 'ji',
    k: 'ka',
    l: '!elle',
    m: 'emme',
    n: 'enne',
    o: '!oh',
    p: 'pe',
    q: 'ku',
    r: 'erre',
    s: 'esse',
    t: '!te',
    u: '!eu',
    v: 've',
    x: 'ixe',
    y: 'igrec',
    z: 'zede',
  },
  es: {
    a: '!ah',
    b: 'be',
    c: 'ce',
    d: '!de',
    f: 'efe',
    g: 'ge',
    h: 'hache',
    j: 'jota',
    k: 'ka',
    l: 'ele',
    m: 'eme',
    n: 'ene',
    p: 'pe',
    q: 'cu',
    r: 'erre ere',
    s: '!ese',
    t: '!te',
    v: 'uve ve',
    x: 'equis',
    y: '!ye',
    z: 'zeta',
  },
}

/** The alphabet of radio and telephone, with the usual other spellings. */
const radio: Readonly<Record<string, string>> = {
  a: 'alpha alfa',
  b: 'bravo',
  c: 'charlie',
  d: 'delta',
  e: 'echo',
  f: 'foxtrot',
  g: 'golf',
  h: 'hotel',
  i: 'india',
  j: 'juliett juliet',
  k: 'kilo',
  l: 'lima',
  m: 'mike',
  n: 'november',
  o: 'oscar',
  p: 'papa',
  q: 'quebec',
  r: 'romeo',
  s: 'sierra',
  t: 'tango',
  u: 'uniform',
  v: 'victor',
  w: 'whiskey whisky',
  x: 'xray',
  y: 'yankee',
  z: 'zulu',
}

/** By which German is spelled on the telephone (DIN 5009, the names that people know). */
const german: Readonly<Record<string, string>> = {
  a: 'anton',
  b: 'berta',
  c: 'casar',
  d: 'dora',
  e: 'emil',
  f: 'friedrich',
  g: 'gustav',
  h: 'heinrich',
  i: 'ida',
  j: 'julius',
  k: 'kaufmann konrad',
  l: 'ludwig',
  m: 'martha',
  n: 'nordpol',
  o: 'otto',
  p: 'paula',
  q: 'quelle',
  r: 'richard',
  s: 'samuel siegfried',
  t: 'theodor',
  u: 'ulrich',
  v: 'viktor',
  w: 'wilhelm',
  x: 'xanthippe',
  z: 'zacharias zeppelin',
}

/** Every name of a letter, by the word. A word may name two letters in two languages. */
export const letterNames: ReadonlyMap<string, readonly LetterName[]> = collect()

function collect(): ReadonlyMap<string, readonly LetterName[]> {
  const found = new Map<string, LetterName[]>()
  const add = (language: LetterName['language'], table: Readonly<Record<string, string>>): void => {
    for (const [letters, written] of Object.entries(table)) {
      for (const marked of written.split(' ')) {
        const word = marked.replace('!', '')
        const name = { letters, language, isOrdinary: marked !== word }
        found.set(word, [...(found.get(word) ?? []), name])
      }
    }
  }
  add('en', names.en)
  add('de', names.de)
  add('fr', names.fr)
  add('es', names.es)
  add('de', german)
  add('all', radio)
  return found
}
