/** The tables as the reader looks them up: by the canonical letters of a word, and as symbols of the automaton. */
import { type PolicyLanguage, policyLanguages } from '@hyponema/contract'
import { foldPhrase } from '../fold/fold-phrase.ts'
import { type PhraseAutomaton, rootNode } from '../match/phrase-automaton.ts'
import { letterNames } from './letter-names.ts'
import { firstNumberWords, sayNumber, sayOrdinal } from './number-readings.ts'
import { digitWords } from './number-words.ts'
import { signWords, unitWords, unitWordsBehindNumber } from './sign-words.ts'
import { allLanguages, languageBit } from './spoken-languages.ts'

/** One way to say something. `excluded`: the languages in which it is not said so. */
export interface Reading {
  readonly symbols: readonly number[]
  readonly excluded: number
}

/** A word that names a letter or a digit when words are spelled. */
export interface SpelledReading extends Reading {
  readonly isOrdinary: boolean
}

export interface SpokenWord {
  /** What the word is short for. */
  readonly unit: readonly Reading[]
  readonly unitBehindNumber: readonly Reading[]
  readonly spelled: readonly SpelledReading[]
  /** "double five": how often the next letter is said; 1 for other words. */
  readonly repeats: number
}

/** Stands for every symbol. */
export const anySymbol = -1

const repeats: Readonly<Record<string, number>> = { double: 2, doppel: 2, doble: 2, triple: 3 }
const ordinaryLetters = new Set('aeiouy')

/** By the word in canonical letters. */
export const spokenWords: ReadonlyMap<string, SpokenWord> = collectWords()
/**
 * Beginnings of these words: as long as a word is one, it may still be read in another way than it is written. With the
 * symbols that a phrase may then begin with; a word that repeats the next one may stand before any.
 */
export const spokenPrefixes: ReadonlyMap<string, ReadonlySet<number>> = collectPrefixes()
/** By the code point of the sign. */
export const signReadings: ReadonlyMap<number, readonly Reading[]> = new Map(
  Object.entries(signWords).map(([sign, words]) => [sign.codePointAt(0) ?? 0, readingsOfAll(words)]),
)

/** A policy's phrases say whether any begins with a number; kept by the automaton, which is never changed. */
const numberStarts = new WeakMap<PhraseAutomaton, boolean>()
const firstWords = [...firstNumberWords].flatMap((word) => foldPhrase(word).slice(0, 1))

export function mayBeginWithNumber(automaton: PhraseAutomaton): boolean {
  const known = numberStarts.get(automaton)
  if (known !== undefined) return known
  const found = mayGoOnWithNumber(automaton, rootNode)
  numberStarts.set(automaton, found)
  return found
}

/** Whether a number, said in words, can come at this place of a phrase. */
export function mayGoOnWithNumber(automaton: PhraseAutomaton, node: number): boolean {
  return firstWords.some((word) => walk(automaton, node, word) !== 0)
}

/** The place behind these symbols, or 0. */
export function walk(automaton: PhraseAutomaton, from: number, symbols: readonly number[]): number {
  let node = from
  for (const symbol of symbols) {
    node = automaton.step(node, symbol)
    if (node === 0) return 0
  }
  return node
}

const numbers = new Map<string, readonly Reading[]>()
/** All numbers below a thousand with their currencies; forgotten together, because a text of nothing but numbers must not fill the memory. */
const maxNumbers = 5000

/** Every way to say a number in any language. Remembered. */
export function numberReadings(written: string, currency: string): readonly Reading[] {
  return remembered(`${currency}${written}`, (language) => sayNumber(written, language, currency))
}

export function ordinalReadings(written: string, ending: string): readonly Reading[] {
  return remembered(`${written}${ending}`, (language) => sayOrdinal(written, ending, language))
}

function remembered(key: string, say: (language: PolicyLanguage) => readonly string[]): readonly Reading[] {
  const known = numbers.get(key)
  if (known !== undefined) return known
  if (numbers.size >= maxNumbers) numbers.clear()
  const readings = policyLanguages.flatMap((language) => say(language).map((text) => reading(text, language)))
  numbers.set(key, readings)
  return readings
}

function reading(text: string, language: PolicyLanguage): Reading {
  return { symbols: foldPhrase(text)[0] ?? [], excluded: allLanguages & ~languageBit(language) }
}

function readingsOfAll(words: Readonly<Record<PolicyLanguage, readonly string[]>>): readonly Reading[] {
  return policyLanguages.flatMap((language) => words[language].map((text) => reading(text, language)))
}

function collectWords(): ReadonlyMap<string, SpokenWord> {
  const found = new Map<string, SpokenWord>()
  const none: SpokenWord = { unit: [], unitBehindNumber: [], spelled: [], repeats: 1 }
  const add = (word: string, part: Partial<SpokenWord>): void => {
    found.set(word, { ...(found.get(word) ?? none), ...part })
  }
  for (const [word, said] of Object.entries(unitWords)) add(word, { unit: readingsOfAll(said) })
  for (const [word, said] of Object.entries(unitWordsBehindNumber)) add(word, { unitBehindNumber: readingsOfAll(said) })
  for (const [word, count] of Object.entries(repeats)) add(word, { repeats: count })
  for (const [word, spelled] of spelledWords()) add(word, { spelled })
  return found
}

function spelledWords(): ReadonlyMap<string, readonly SpelledReading[]> {
  const found = new Map<string, SpelledReading[]>()
  const add = (word: string, letters: string, excluded: number, isOrdinary: boolean): void => {
    const symbols = foldPhrase(letters)[0] ?? []
    found.set(word, [...(found.get(word) ?? []), { symbols, excluded, isOrdinary }])
  }
  for (const letter of 'abcdefghijklmnopqrstuvwxyz') add(letter, letter, 0, ordinaryLetters.has(letter))
  for (const [word, names] of letterNames) {
    for (const { letters, language, isOrdinary } of names)
      add(word, letters, language === 'all' ? 0 : allLanguages & ~languageBit(language), isOrdinary)
  }
  for (const language of policyLanguages) {
    for (const [digit, words] of digitWords[language].entries()) {
      for (const word of words) {
        if (word.length > 1) add(word, String(digit), allLanguages & ~languageBit(language), false)
        else add(word, String(digit), allLanguages & ~languageBit(language), true)
      }
    }
  }
  return found
}

function collectPrefixes(): ReadonlyMap<string, ReadonlySet<number>> {
  const found = new Map<string, Set<number>>()
  for (const [word, { unit, unitBehindNumber, spelled, repeats: times }] of spokenWords) {
    const first = [...unit, ...unitBehindNumber, ...spelled].map(({ symbols }) => symbols[0] ?? 0)
    for (const index of word.split('').keys()) {
      const prefix = word.slice(0, index + 1)
      const symbols = found.get(prefix) ?? new Set<number>()
      for (const symbol of times > 1 ? [anySymbol, ...first] : first) symbols.add(symbol)
      found.set(prefix, symbols)
    }
  }
  return found
}
