/**
 * What is looked for in a whole sentence and not letter by letter: regexes, personal data, likeness to examples. The gate holds
 * the sentence and asks once; the stages that see a whole text ask for each sentence of it. Each finder reads the same sources
 * (read-source.ts), so each sees through invisible characters and other alphabets' digits.
 */
import type { MatchView, PiiAction, PiiKind } from '@hyponema/contract'
import { type ReadSource, readSource } from '../fold/read-source.ts'

/** What was recognised as personal data, as far as it may be said. */
export interface PiiMark {
  readonly kind: PiiKind
  readonly action: Exclude<PiiAction, 'allow'>
  /** Its last characters, where a person would know it by them; else empty. */
  readonly tail: string
}

export interface SentenceHit {
  /** Place in `CompiledPolicy.zones`. */
  readonly owner: number
  /** Offsets in the sentence that was given. */
  readonly start: number
  readonly end: number
  readonly view: MatchView
  readonly pii?: PiiMark
}

/** One sentence, as it was given and as it is read: in lower case, and folded where that is another text. */
export interface ReadSentence {
  readonly given: string
  readonly sources: readonly [ReadSource, ...ReadSource[]]
}

export interface SentencePart {
  readonly find: (sentence: ReadSentence) => readonly SentenceHit[]
}

export interface SentenceFinder {
  readonly find: (sentence: string) => readonly SentenceHit[]
}

/** Null where nothing asks for whole sentences: then no sentence waits. */
export function createSentenceFinder(parts: readonly (SentencePart | null)[]): SentenceFinder | null {
  const present = parts.filter((part) => part !== null)
  if (present.length === 0) return null
  return {
    find: (given) => {
      const sentence = { given, sources: readSource(given) }
      return present.flatMap((part) => part.find(sentence))
    },
  }
}
