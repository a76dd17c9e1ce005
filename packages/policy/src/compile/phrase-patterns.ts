import type { NoGoZone } from '@hyponema/contract'
import { foldPhrase } from '../fold/fold-phrase.ts'
import type { PhrasePattern } from '../match/phrase-automaton.ts'
import { Recent } from '../match/recent.ts'
import { spokenForms } from '../spoken/expand-phrase.ts'
import { languageMask } from '../spoken/spoken-languages.ts'

type Form = Omit<PhrasePattern, 'owner'>

/** A phrase as it is written, and as it is said in the languages of its zone. */
export function phrasePatterns(
  phrase: string,
  languages: NoGoZone['languages'],
  owner: number,
): readonly PhrasePattern[] {
  const mask = languageMask(languages)
  return recentForms.get(`${mask} ${phrase}`, () => formsOf(phrase, mask)).map((form) => ({ ...form, owner }))
}

/** Two disclosures and a policy of a thousand phrases: our own lists are the same in every policy, and long. */
const recentForms = new Recent<readonly Form[]>(8_000)

function formsOf(phrase: string, mask: number): readonly Form[] {
  return [
    ...foldPhrase(phrase).map((symbols) => ({ symbols, languages: mask })),
    ...spokenForms(phrase, mask).flatMap(({ text, language }) =>
      foldPhrase(text).map((symbols) => ({ symbols, languages: language, isSpoken: true })),
    ),
  ]
}

/** Phrases as they are written, in whatever language. */
export function writtenPatterns(phrases: readonly string[], owner: number): readonly PhrasePattern[] {
  return phrases.flatMap((phrase) =>
    recentFolds.get(phrase, () => foldPhrase(phrase)).map((symbols) => ({ symbols, owner })),
  )
}

const recentFolds = new Recent<ReturnType<typeof foldPhrase>>(4_000)
