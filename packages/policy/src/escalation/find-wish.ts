/**
 * Threat: somebody who asks for a person is kept talking to a machine, or one who does not is handed over.
 * Rule: an asking phrase, a person right behind it, and no negation right before it, in one clause; seen through disguises as the
 * phrases of zones are.
 * On failure: what throws is an error of the input stage, which is decided as `annotate` and never as `allow`.
 */
import { type PolicyLanguage, policyLanguages } from '@hyponema/contract'
import { createPhraseBook, type PhraseBook } from '../match/phrase-book.ts'
import type { PhraseHit } from '../match/phrase-walker.ts'
import { englishWishes } from './english-wishes.ts'
import { frenchWishes } from './french-wishes.ts'
import { germanWishes } from './german-wishes.ts'
import { isNegated } from './is-negated.ts'
import { spanishWishes } from './spanish-wishes.ts'
import type { WishWords } from './wish-words.ts'

export interface FoundWish {
  readonly language: PolicyLanguage
  readonly hit: Pick<PhraseHit, 'start' | 'end' | 'view'>
}

type Books = { readonly [Part in keyof WishWords]: PhraseBook }

/** Longer texts are letters and documents; a verb this far behind its person belongs to something else. */
const closerReach = 40

/** How people ask for a person. Disguises are the phrase book's work. */
const wishWords: Record<PolicyLanguage, WishWords> = {
  en: englishWishes,
  de: germanWishes,
  fr: frenchWishes,
  es: spanishWishes,
}

const booksOf = new Map<PolicyLanguage, Books>()

/** An explicit wish for a person, in the first language whose words it has. */
export function findWish(text: string): FoundWish | undefined {
  for (const language of policyLanguages) {
    const hit = wishIn(text, books(language))
    if (hit !== undefined) return { language, hit }
  }
  return undefined
}

function wishIn(text: string, { persons, askers, openers, closers, fillers, whole, alone, negators }: Books) {
  const stands = (hit: PhraseHit): boolean => !isNegated(text, hit.start, negators)
  const complete = whole.find(text).find(stands) ?? alone.find(text).find((hit) => isAlone(text, hit))
  if (complete !== undefined) return complete
  const named = persons.find(text)
  if (named.length === 0) return undefined
  const between = fillers.find(text)
  const follows = (before: PhraseHit, after: PhraseHit): boolean =>
    after.start >= before.end && isFilled(text, { from: before.end, to: after.start }, between)
  const asked = join(askers.find(text).filter(stands), named, follows)
  if (asked !== undefined) return asked
  const opened = openers.find(text).filter(stands)
  const closed = closers.find(text)
  return join(
    opened,
    named.filter((person) => closed.some(({ start }) => closes(text, person.end, start))),
    follows,
  )
}

function join(
  before: readonly PhraseHit[],
  after: readonly PhraseHit[],
  follows: (before: PhraseHit, after: PhraseHit) => boolean,
): Pick<PhraseHit, 'start' | 'end' | 'view'> | undefined {
  for (const one of before) {
    const other = after.find((hit) => follows(one, hit))
    if (other !== undefined) return { start: one.start, end: other.end, view: one.view }
  }
  return undefined
}

/** Nothing stands between the two but words that may. */
function isFilled(text: string, { from, to }: { from: number; to: number }, fillers: readonly PhraseHit[]): boolean {
  for (let at = from; at < to; ) {
    const filler = fillers.find(({ start, end }) => start <= at && end > at && end <= to)
    if (filler !== undefined) at = filler.end
    else if (isLetterOrEnd(text.charAt(at))) return false
    else at += 1
  }
  return true
}

function closes(text: string, from: number, to: number): boolean {
  return to >= from && to - from <= closerReach && !/[.!?;:]/u.test(text.slice(from, to))
}

function isAlone(text: string, { start, end }: PhraseHit): boolean {
  return !/[\p{L}\p{N}]/u.test(text.slice(0, start)) && !/[\p{L}\p{N}]/u.test(text.slice(end))
}

function isLetterOrEnd(character: string): boolean {
  return /[\p{L}\p{N}.!?;]/u.test(character)
}

function books(language: PolicyLanguage): Books {
  const known = booksOf.get(language)
  if (known !== undefined) return known
  const words = wishWords[language]
  const made: Books = {
    askers: createPhraseBook(words.askers),
    openers: createPhraseBook(words.openers),
    closers: createPhraseBook(words.closers),
    persons: createPhraseBook(words.persons),
    fillers: createPhraseBook(words.fillers, { plainly: true }),
    whole: createPhraseBook(words.whole),
    alone: createPhraseBook(words.alone),
    negators: createPhraseBook(words.negators, { plainly: true }),
  }
  booksOf.set(language, made)
  return made
}
