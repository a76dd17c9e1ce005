/** How a number is said: every way that is usual in the language, without accents and hyphens. Up to 999,999,999. */
import type { PolicyLanguage } from '@hyponema/contract'

/** Nobody says a longer number in one; its digits are said one by one. */
export const maxCardinalDigits = 9

const words = (list: string): readonly string[] => list.split(' ')

const english = {
  ones: words(
    'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen',
  ),
  tens: words('_ _ twenty thirty forty fifty sixty seventy eighty ninety'),
}
const german = {
  ones: words(
    'null eins zwei drei vier funf sechs sieben acht neun zehn elf zwolf dreizehn vierzehn funfzehn sechzehn siebzehn achtzehn neunzehn',
  ),
  tens: words('_ _ zwanzig dreissig vierzig funfzig sechzig siebzig achtzig neunzig'),
}
const french = {
  ones: words(
    'zero un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize dix-sept dix-huit dix-neuf',
  ).map((word) => word.replace('-', ' ')),
  tens: words('_ _ vingt trente quarante cinquante soixante'),
}
const spanish = {
  ones: words(
    'cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciseis diecisiete dieciocho diecinueve',
  ),
  tens: words('_ _ veinte treinta cuarenta cincuenta sesenta setenta ochenta noventa'),
  hundreds: words(
    '_ ciento doscientos trescientos cuatrocientos quinientos seiscientos setecientos ochocientos novecientos',
  ),
}

/** The words for the digits 0 to 9 when they are said one by one; zero has several. */
export const digitWords: Readonly<Record<PolicyLanguage, readonly (readonly string[])[]>> = {
  en: english.ones.slice(0, 10).map((word, digit) => (digit === 0 ? ['zero', 'oh'] : [word])),
  de: german.ones.slice(0, 10).map((word, digit) => (digit === 2 ? ['zwei', 'zwo'] : [word])),
  fr: french.ones.slice(0, 10).map((word) => [word]),
  es: spanish.ones.slice(0, 10).map((word) => [word]),
}

/** Every way to say a whole number below 10^9; the first is the plainest. */
export function cardinals(value: number, language: PolicyLanguage): readonly string[] {
  switch (language) {
    case 'en': {
      const plain = englishCardinal(value, false)
      return unique([plain, englishCardinal(value, true), plain.replace(/^one (?=hundred|thousand|million)/, 'a ')])
    }
    case 'de': {
      const long = germanCardinal(value)
      return unique([long, long.replace(/^ein(?=hundert|tausend)/, '')])
    }
    case 'fr':
      return [frenchCardinal(value)]
    case 'es': {
      const plain = spanishCardinal(value)
      return unique([plain, plain.replace(/uno$/, 'un'), plain.replace(/uno$/, 'una')])
    }
    default:
      throw new TypeError(`expected a language, found ${JSON.stringify(language satisfies never)}`)
  }
}

function unique(list: readonly string[]): readonly string[] {
  return [...new Set(list)]
}

/** Millions, thousands and the rest, each by the language's own rule. */
function split(value: number): readonly [number, number, number] {
  return [Math.floor(value / 1_000_000), Math.floor(value / 1000) % 1000, value % 1000]
}

function joined(parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join(' ')
}

function englishCardinal(value: number, isWithAnd: boolean): string {
  const [millions, thousands, rest] = split(value)
  if (value === 0) return 'zero'
  const small = englishSmall(rest, isWithAnd)
  const lead = isWithAnd && rest > 0 && rest < 100 && value > 999 ? 'and' : ''
  return joined([
    millions > 0 ? `${englishSmall(millions, isWithAnd)} million` : '',
    thousands > 0 ? `${englishSmall(thousands, isWithAnd)} thousand` : '',
    lead,
    small,
  ])
}

function englishSmall(value: number, isWithAnd: boolean): string {
  const [hundreds, rest] = [Math.floor(value / 100), value % 100]
  return joined([
    hundreds > 0 ? `${english.ones[hundreds]} hundred` : '',
    hundreds > 0 && rest > 0 && isWithAnd ? 'and' : '',
    rest === 0
      ? ''
      : rest < 20
        ? (english.ones[rest] ?? '')
        : joined([english.tens[Math.floor(rest / 10)] ?? '', rest % 10 > 0 ? (english.ones[rest % 10] ?? '') : '']),
  ])
}

function germanCardinal(value: number): string {
  if (value === 0) return 'null'
  const [millions, thousands, rest] = split(value)
  const million = millions === 1 ? 'eine million' : `${germanSmall(millions, 'ein')} millionen`
  const below = `${thousands > 0 ? `${germanSmall(thousands, 'ein')}tausend` : ''}${germanSmall(rest, 'eins')}`
  return joined([millions > 0 ? million : '', below])
}

/** `one` is "eins" at the end and "ein" before a further word. */
function germanSmall(value: number, one: string): string {
  const [hundreds, rest] = [Math.floor(value / 100), value % 100]
  const head = hundreds > 0 ? `${hundreds === 1 ? 'ein' : german.ones[hundreds]}hundert` : ''
  if (rest === 0) return head
  if (rest === 1) return head + one
  if (rest < 20) return head + (german.ones[rest] ?? '')
  const unit = rest % 10 === 1 ? 'ein' : german.ones[rest % 10]
  return `${head}${rest % 10 > 0 ? `${unit}und` : ''}${german.tens[Math.floor(rest / 10)]}`
}

function frenchCardinal(value: number): string {
  if (value === 0) return 'zero'
  const [millions, thousands, rest] = split(value)
  return joined([
    millions > 0 ? `${frenchSmall(millions, true)} million${millions > 1 ? 's' : ''}` : '',
    thousands > 1 ? `${frenchSmall(thousands, false)} mille` : thousands === 1 ? 'mille' : '',
    frenchSmall(rest, true),
  ])
}

function frenchSmall(value: number, isLast: boolean): string {
  const [hundreds, rest] = [Math.floor(value / 100), value % 100]
  const many = isLast && rest === 0 ? 'cents' : 'cent'
  return joined([
    hundreds === 0 ? '' : hundreds === 1 ? 'cent' : `${french.ones[hundreds]} ${many}`,
    rest === 0 ? '' : frenchBelowHundred(rest, isLast),
  ])
}

function frenchBelowHundred(value: number, isLast: boolean): string {
  if (value < 20) return french.ones[value] ?? ''
  if (value < 70) return withOne(french.tens[Math.floor(value / 10)] ?? '', value % 10)
  if (value < 80) return value === 71 ? 'soixante et onze' : `soixante ${french.ones[value - 60]}`
  if (value === 80) return isLast ? 'quatre vingts' : 'quatre vingt'
  return `quatre vingt ${french.ones[value - 80]}`
}

function withOne(ten: string, one: number): string {
  return one === 0 ? ten : one === 1 ? `${ten} et un` : `${ten} ${french.ones[one]}`
}

function spanishCardinal(value: number): string {
  if (value === 0) return 'cero'
  const [millions, thousands, rest] = split(value)
  const before = (text: string): string => text.replace(/veintiuno$/, 'veintiun').replace(/uno$/, 'un')
  return joined([
    millions === 1 ? 'un millon' : millions > 1 ? `${before(spanishSmall(millions))} millones` : '',
    thousands === 1 ? 'mil' : thousands > 1 ? `${before(spanishSmall(thousands))} mil` : '',
    spanishSmall(rest),
  ])
}

function spanishSmall(value: number): string {
  if (value === 100) return 'cien'
  const [hundreds, rest] = [Math.floor(value / 100), value % 100]
  return joined([hundreds > 0 ? (spanish.hundreds[hundreds] ?? '') : '', rest === 0 ? '' : spanishBelowHundred(rest)])
}

function spanishBelowHundred(value: number): string {
  if (value < 20) return spanish.ones[value] ?? ''
  const [ten, one] = [spanish.tens[Math.floor(value / 10)] ?? '', spanish.ones[value % 10] ?? '']
  if (value % 10 === 0) return ten
  return value < 30 ? `veinti${one}` : `${ten} y ${one}`
}
