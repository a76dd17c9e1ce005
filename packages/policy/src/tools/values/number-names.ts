/** The numbers from 0 to 99 as they are spoken, without accents, words joined by one blank; and what multiplies them. */

const english = {
  units:
    'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen',
  tens: 'twenty thirty forty fifty sixty seventy eighty ninety',
} as const
const german = {
  units:
    'null eins zwei drei vier funf sechs sieben acht neun zehn elf zwolf dreizehn vierzehn funfzehn sechzehn siebzehn achtzehn neunzehn',
  tens: 'zwanzig dreissig vierzig funfzig sechzig siebzig achtzig neunzig',
} as const
const french = {
  units:
    'zero un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize dix-sept dix-huit dix-neuf',
  tens: 'vingt trente quarante cinquante soixante',
} as const
const spanish = {
  units:
    'cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciseis diecisiete dieciocho diecinueve',
  tens: 'veinte treinta cuarenta cincuenta sesenta setenta ochenta noventa',
} as const

type Named = readonly (readonly [string, number])[]

function listed(words: string, from: number, step = 1): Named {
  return words.split(' ').map((word, place) => [word.replaceAll('-', ' '), from + place * step] as const)
}

/** Each ten with each unit from 1 to 9, as the language joins them. */
function joined(
  tens: Named,
  units: Named,
  join: (ten: string, unit: string, value: number) => readonly string[],
): Named {
  return tens.flatMap(([ten, value]) =>
    units
      .slice(1, 10)
      .flatMap(([unit, more]) => join(ten, unit, value + more).map((name) => [name, value + more] as const)),
  )
}

function frenchNames(units: Named, tens: Named): Named {
  const upTo19 = units.slice(1)
  const seventies = upTo19.flatMap(
    ([unit, value]): Named =>
      value < 10 ? [] : [[`soixante ${unit}`, 60 + value] as const, [`soixante et ${unit}`, 60 + value] as const],
  )
  const eighties = upTo19.map(([unit, value]) => [`quatre vingt ${unit}`, 80 + value] as const)
  return [
    ...seventies,
    ...eighties,
    ['quatre vingts', 80],
    ['quatre vingt', 80],
    ...joined(tens, units, (ten, unit) => [`${ten} ${unit}`, `${ten} et ${unit}`]),
  ]
}

function all(): ReadonlyMap<string, number> {
  const [en, enTens] = [listed(english.units, 0), listed(english.tens, 20, 10)]
  const [de, deTens] = [listed(german.units, 0), listed(german.tens, 20, 10)]
  const [fr, frTens] = [listed(french.units, 0), listed(french.tens, 20, 10)]
  const [es, esTens] = [listed(spanish.units, 0), listed(spanish.tens, 20, 10)]
  return new Map<string, number>([
    ...en,
    ...enTens,
    ...joined(enTens, en, (ten, unit) => [`${ten} ${unit}`]),
    ...de,
    ...deTens,
    ['ein', 1],
    ['eine', 1],
    ['einen', 1],
    ['zwo', 2],
    ...joined(deTens, de, (ten, unit) => [`${unit === 'eins' ? 'ein' : unit}und${ten}`]),
    ...fr,
    ...frTens,
    ['une', 1],
    ...frenchNames(fr, frTens),
    ...es,
    ...esTens,
    ['una', 1],
    ['veintiun', 21],
    ...joined(esTens, es, (ten, unit, value) => (value < 30 ? [`veinti${unit}`] : [`${ten} y ${unit}`])),
  ])
}

/** Without `un` of Spanish and `a` of English: they are articles. */
export const numberNames: ReadonlyMap<string, number> = all()

export const hundredWords: ReadonlySet<string> = new Set(['hundred', 'hundert', 'cent', 'cents', 'cien', 'ciento'])
export const spanishHundreds: ReadonlyMap<string, number> = new Map(
  'doscientos trescientos cuatrocientos quinientos seiscientos setecientos ochocientos novecientos'
    .split(' ')
    .flatMap((word, place) => [
      [word, (place + 2) * 100] as const,
      [word.replace(/os$/, 'as'), (place + 2) * 100] as const,
    ]),
)
export const thousandWords: ReadonlyMap<string, number> = new Map([
  ['thousand', 1000],
  ['tausend', 1000],
  ['mille', 1000],
  ['mil', 1000],
  ['million', 1e6],
  ['millionen', 1e6],
  ['millions', 1e6],
  ['millon', 1e6],
  ['millones', 1e6],
])
/** Stands between the parts of one number. */
export const joiningWords: ReadonlySet<string> = new Set(['and', 'und', 'et', 'y'])
