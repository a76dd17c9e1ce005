/**
 * Threat: somebody who may harm himself, or is in danger, gets the answer of a machine and nothing else.
 * Rule: phrases of the first person, in four languages, seen through disguises; what is a figure of speech, a title or told of
 * somebody else is left alone.
 * On failure: what throws is an error of the input stage, which is decided as `annotate` and never as `allow`.
 */
import { type PolicyLanguage, policyLanguages } from '@hyponema/contract'
import { createPhraseBook, type PhraseBook } from '../match/phrase-book.ts'
import { crisisSlang, withSlips } from './crisis-slang.ts'
import { crisisWords } from './crisis-words.ts'
import type { FoundWish } from './find-wish.ts'
import { isNegated } from './is-negated.ts'

interface Books {
  readonly phrases: PhraseBook
  readonly harmless: PhraseBook
  readonly negators: PhraseBook
}

const booksOf = new Map<PolicyLanguage, Books>()

/** Words of a crisis, in the first language that has them. */
export function findCrisis(text: string): FoundWish | undefined {
  for (const language of policyLanguages) {
    const { phrases, harmless, negators } = books(language)
    const found = phrases.find(text)
    if (found.length === 0) continue
    // "I want to die. My hair ..." is two sentences, and the first one stands by itself.
    const excused = harmless.find(text).filter(({ start, end }) => !/[.!?…,;:\n]/u.test(text.slice(start, end)))
    const hit = found.find(
      ({ start, end }) =>
        // What is said beyond the excuse is not excused: "I don't want to live in" is, "in this world" is not.
        !excused.some((other) => other.start < end && other.end > start && (other.end >= end || other.start < start)) &&
        !isNegated(text, start, negators),
    )
    if (hit !== undefined) return { language, hit }
  }
  return undefined
}

function books(language: PolicyLanguage): Books {
  const known = booksOf.get(language)
  if (known !== undefined) return known
  const { phrases, harmless, negators } = crisisWords[language]
  const made = {
    phrases: createPhraseBook(withSlips([...phrases, ...crisisSlang[language]])),
    harmless: createPhraseBook(harmless, { plainly: true }),
    negators: createPhraseBook(negators, { plainly: true }),
  }
  booksOf.set(language, made)
  return made
}
