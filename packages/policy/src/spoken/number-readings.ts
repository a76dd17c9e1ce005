/**
 * How a number in a text is said, sign of currency and separators included: "200", "1,000.50", "$5", "14:30", "555-123".
 * In words, each language by its own rule; long numbers, and numbers of several parts, digit by digit and in pairs too.
 */
import { type PolicyLanguage, policyLanguages } from '@hyponema/contract'
import { cardinals, digitWords, maxCardinalDigits } from './number-words.ts'
import { centWords, pointWords, signWords } from './sign-words.ts'

/** Longer runs of digits are no number that anybody says. */
export const maxNumberCharacters = 40

/** More than the ways in which one number is said; keeps a number of many parts from making thousands. */
const maxReadings = 24

const grouped = /^\d{1,3}(?:[.,']\d{3})+(?:[.,]\d{1,2})?$/
const decimal = /^(\d+)[.,](\d{1,6})$/
const ordinalEnglish = /^(?:st|nd|rd|th)$/

/** Every way to say it in one language: words with blanks between them. `currency` is the sign before it, or ''. */
export function sayNumber(written: string, language: PolicyLanguage, currency = ''): readonly string[] {
  const plain = grouped.test(written) ? [...new Set([ungrouped(written), written])] : [written]
  const said = plain.flatMap((one) => sayOne(one, language))
  const all = currency === '' ? said : said.flatMap((one) => saySum(one, plain, language, currency))
  return [...new Set(all)].slice(0, maxReadings)
}

/** "2nd", "200th": words by which the number with this ending is called, or none. */
export function sayOrdinal(written: string, ending: string, language: PolicyLanguage): readonly string[] {
  if (language !== 'en' || !ordinalEnglish.test(ending) || written.length > maxCardinalDigits) return []
  return cardinals(Number(written), 'en').map((one) => one.replace(/\w+$/, ordinalOf))
}

/** Whether letters directly behind a number only make it an ordinal number. */
export function isOrdinalEnding(ending: string): boolean {
  return ordinalEnglish.test(ending) || ending === 'e' || ending === 'er' || ending === 'eme' || ending === 'ere'
}

const ordinals: Readonly<Record<string, string>> = {
  one: 'first',
  two: 'second',
  three: 'third',
  five: 'fifth',
  eight: 'eighth',
  nine: 'ninth',
  twelve: 'twelfth',
}

function ordinalOf(last: string): string {
  return ordinals[last] ?? (last.endsWith('y') ? `${last.slice(0, -1)}ieth` : `${last}th`)
}

/** "1,000.50" is 1000.50; the last separator stays when what follows it is no group of three. */
function ungrouped(written: string): string {
  const fraction = /[.,]\d{1,2}$/.exec(written)?.[0] ?? ''
  const whole = written.slice(0, written.length - fraction.length).replaceAll(/[.,']/g, '')
  return fraction === '' ? whole : `${whole}.${fraction.slice(1)}`
}

function sayOne(written: string, language: PolicyLanguage): readonly string[] {
  if (/^\d+$/.test(written)) return sayDigits(written, language)
  const parts = decimal.exec(written)
  const said: string[] = []
  if (parts !== null) {
    const [, whole = '', fraction = ''] = parts
    for (const point of pointWords[language]) {
      for (const first of sayWhole(whole, language)) {
        said.push(...oneByOne(fraction, language).map((behind) => `${first} ${point} ${behind}`))
        said.push(...sayWhole(fraction, language).map((behind) => `${first} ${point} ${behind}`))
      }
    }
  }
  return [...said, ...sayGroups(written.split(/\D+/), language)]
}

/** The parts of a time, a date or a telephone number, all said in the same manner. */
function sayGroups(groups: readonly string[], language: PolicyLanguage): readonly string[] {
  const manners = [sayWhole, oneByOne, pairs]
  return manners.flatMap((manner) =>
    groups.reduce<readonly string[]>(
      (before, group) => {
        const said = manner(group, language)
        const way = said.length > 0 ? said : oneByOne(group, language)
        return before
          .flatMap((start) => way.map((one) => (start === '' ? one : `${start} ${one}`)))
          .slice(0, maxReadings / manners.length)
      },
      [''],
    ),
  )
}

function sayDigits(digits: string, language: PolicyLanguage): readonly string[] {
  return [
    ...sayWhole(digits, language),
    ...(digits.length > 1 ? oneByOne(digits, language) : []),
    ...pairs(digits, language),
  ]
}

function sayWhole(digits: string, language: PolicyLanguage): readonly string[] {
  if (digits.length > maxCardinalDigits) return []
  if (digits.length > 1 && digits.startsWith('0')) return []
  return cardinals(Number(digits), language)
}

function oneByOne(digits: string, language: PolicyLanguage): readonly string[] {
  const zeros = digits.includes('0') ? (digitWords[language][0]?.length ?? 1) : 1
  const ways = Math.max(zeros, digits.includes('2') ? (digitWords[language][2]?.length ?? 1) : 1)
  return Array.from({ length: ways }, (_, way) =>
    [...digits]
      .map((digit) => {
        const words = digitWords[language][Number(digit)] ?? []
        return words[Math.min(way, words.length - 1)] ?? ''
      })
      .join(' '),
  )
}

/** "1984" and "0612": two digits at a time; and "911" as nine eleven. */
function pairs(digits: string, language: PolicyLanguage): readonly string[] {
  if (digits.length < 3 || digits.length > 10) return []
  if (digits.length % 2 === 1) {
    if (digits.length !== 3) return []
    const [first, rest] = [digits.slice(0, 1), digits.slice(1)]
    return sayWhole(rest, language).map((behind) => `${cardinals(Number(first), language)[0] ?? ''} ${behind}`)
  }
  const said = (digits.match(/../g) ?? []).map((pair) => sayPair(pair, language))
  const hundreds = digits.length === 4 ? sayHundreds(digits, language) : []
  return [said.join(' '), ...hundreds]
}

function sayPair(pair: string, language: PolicyLanguage): string {
  const ones = digitWords[language]
  if (!pair.startsWith('0')) return cardinals(Number(pair), language)[0] ?? ''
  const zero = language === 'en' ? 'oh' : (ones[0]?.[0] ?? '')
  return `${zero} ${ones[Number(pair[1])]?.[0] ?? ''}`
}

/** "1100" as eleven hundred, "1984" as neunzehnhundertvierundachtzig. */
function sayHundreds(digits: string, language: PolicyLanguage): readonly string[] {
  const [high, low] = [Number(digits.slice(0, 2)), Number(digits.slice(2))]
  if (high < 10 || high % 10 === 0) return []
  const head = cardinals(high, language)[0] ?? ''
  if (language === 'en' && low === 0) return [`${head} hundred`]
  if (language === 'de') return [`${head}hundert${low === 0 ? '' : (cardinals(low, language)[0] ?? '')}`]
  return []
}

function saySum(said: string, plain: readonly string[], language: PolicyLanguage, currency: string): readonly string[] {
  const names = signWords[currency]?.[language] ?? []
  const parts = decimal.exec(plain[0] ?? '')
  const [whole, cents] = [sayWhole(parts?.[1] ?? '', language), parts?.[2]?.length === 2 ? parts[2] : undefined]
  const sums =
    cents === undefined
      ? []
      : whole.flatMap((one) =>
          sayWhole(String(Number(cents)), language).flatMap((small) =>
            names.flatMap((name) => [
              ...(Number(cents) === 0 ? [`${one} ${name}`] : []),
              `${one} ${name} ${small}`,
              `${one} ${name} ${small} ${centWords[language][0] ?? ''}`,
              ...(language === 'en' ? [`${one} ${name} and ${small} ${centWords.en[0] ?? ''}`] : []),
            ]),
          ),
        )
  return [...sums.slice(0, names.length), ...names.map((name) => `${said} ${name}`), ...sums.slice(names.length)]
}

/** Words with which the saying of a number begins, in all languages: a phrase that cannot go on with one needs no number. */
export const firstNumberWords: ReadonlySet<string> = new Set([
  ...policyLanguages.flatMap((language) => [
    ...Array.from({ length: 100 }, (_, value) => cardinals(value, language)).flat(),
    ...digitWords[language].flat(),
  ]),
  ...Array.from({ length: 100 }, (_, value) => sayOrdinal(String(value), 'th', 'en')).flat(),
  ...['a', 'hundert', 'tausend', 'eine', 'cent', 'mille', 'mil', 'cien', 'ciento', 'einhundert', 'eintausend'],
  ...[
    'doscientos',
    'trescientos',
    'cuatrocientos',
    'quinientos',
    'seiscientos',
    'setecientos',
    'ochocientos',
    'novecientos',
  ],
])
