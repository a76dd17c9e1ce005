/**
 * The spoken forms of a phrase: "200 mg" is also "two hundred milligrams". Only what is a number, a sum, a unit, an address
 * or a name with a plus is read out, and a number behind letters ("AK-47"); other mixtures ("@55", "h2o") are ways to write, not to speak.
 * Digits one by one, letter names and the radio alphabet need no form of their own: the reader of the text spells them.
 */
import { type PolicyLanguage, policyLanguages } from '@hyponema/contract'
import { isOrdinalEnding, sayNumber, sayOrdinal } from './number-readings.ts'
import { signWords, unitWords, unitWordsBehindNumber } from './sign-words.ts'
import { languageBit } from './spoken-languages.ts'

export interface SpokenPhrase {
  readonly text: string
  /** The bit of the language in which it is said so. */
  readonly language: number
}

/** Each costs a path in the automaton; a phrase of many numbers is found in the ways that come first. */
const maxFormsPerLanguage = 24

const number =
  /^(?<before>[\u20ac$\u00a3\u00a5]?)(?<digits>\d+(?:[.,:'/-]\d+)*)(?<behind>[\u20ac$\u00a3\u00a5%\u00b0]?)(?<unit>[a-z\u00b5]{0,4})$/iu
const address = /^[a-z0-9_.+-]+@[a-z0-9-]+(?:\.[a-z0-9-]+)*$/i
const domain = /^[a-z0-9-]{2,}(?:\.[a-z0-9-]{2,})+$/i
/** Signs that are words where they stand alone. */
const loneSigns = new Set(['&', '%', '\u20ac', '$', '\u00a3', '\u00a5'])
const named = /^[a-z]+(?:\+{1,2}|&[a-z]+)$/i
/** "AK-47", "C4": letters and a number behind them. A lone vowel is a word of its own. */
const model = /^(?![aeiouy]-?\d)([a-z]{1,8})-?(\d{1,4})$/i
const ending = /^[("'\u201e\u201c\u2018]+|[.,;:!?)"'\u201d\u2019]+$/gu

/** Other texts than the phrase itself; empty where it is said as it is written. */
export function spokenForms(phrase: string, languages: number): readonly SpokenPhrase[] {
  const words = phrase
    .normalize('NFKC')
    .split(/\s+/)
    .map((word) => word.replaceAll(ending, ''))
    .filter((word) => word !== '')
  return policyLanguages
    .filter((language) => (languageBit(language) & languages) !== 0)
    .flatMap((language) => formsIn(words, language).map((text) => ({ text, language: languageBit(language) })))
}

function formsIn(words: readonly string[], language: PolicyLanguage): readonly string[] {
  const written = words.join(' ')
  let forms: readonly string[] = ['']
  for (const [index, word] of words.entries()) {
    const said = [...new Set(sayWord(word, words[index - 1], language))]
    forms = forms
      .flatMap((start) => said.map((one) => (start === '' ? one : `${start} ${one}`)))
      .slice(0, maxFormsPerLanguage)
  }
  return forms.filter((form) => form !== written)
}

function sayWord(word: string, before: string | undefined, language: PolicyLanguage): readonly string[] {
  const parts = number.exec(word)?.groups
  if (parts !== undefined) return sayNumberWord(word, parts, language)
  if (address.test(word) || domain.test(word) || named.test(word)) return [sayAddress(word, language)]
  const [, letters, behind] = model.exec(word) ?? []
  if (letters !== undefined && behind !== undefined)
    return [word, ...sayNumber(behind, language).map((said) => `${letters} ${said}`)]
  if (loneSigns.has(word)) return signWords[word]?.[language] ?? [word]
  return sayUnit(word, before !== undefined && number.test(before), language)
}

function sayNumberWord(
  word: string,
  { before = '', digits = '', behind = '', unit = '' }: Readonly<Record<string, string>>,
  language: PolicyLanguage,
): readonly string[] {
  if (before === '' && behind === '' && isOrdinalEnding(unit)) return [word, ...sayOrdinal(digits, unit, language)]
  const units = unit === '' ? [''] : sayUnit(unit, true, language)
  if (unit !== '' && units.length === 1 && units[0] === unit) return [word]
  const sign = behind === '' ? [''] : (signWords[behind]?.[language] ?? [''])
  const numbers = sayNumber(digits, language, before)
  /** The units of the first way of the number come before its second way. */
  const kept = before === '' && digits === word ? [word] : []
  return [
    ...kept,
    ...(before === '' ? units.filter((one) => one !== '' && one !== unit).map((one) => `${digits} ${one}`) : []),
    ...numbers.slice(0, 6).flatMap((one) => sign.flatMap((name) => units.map((last) => trimmed([one, name, last])))),
  ]
}

function trimmed(parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join(' ')
}

function sayUnit(word: string, isBehindNumber: boolean, language: PolicyLanguage): readonly string[] {
  const unit = word.toLowerCase()
  const said = ownOf(unitWords, unit) ?? (isBehindNumber ? ownOf(unitWordsBehindNumber, unit) : undefined)
  return [word, ...(said?.[language] ?? [])]
}

function ownOf<Value>(table: Readonly<Record<string, Value>>, name: string): Value | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined
}

function sayAddress(word: string, language: PolicyLanguage): string {
  return [...word]
    .map((sign) => {
      const said = ownOf(signWords, sign)?.[language][0]
      return said === undefined ? sign : ` ${said} `
    })
    .join('')
    .trim()
    .replaceAll(/\s+/g, ' ')
}
