/** Phrases of the engine's own tables (a wish for a person, a refusal, a yes), found in a whole text as the phrases of zones are. */
import { foldCodePoint } from '../fold/fold-code-point.ts'
import { foldPhrase } from '../fold/fold-phrase.ts'
import { buildPhraseAutomaton } from './phrase-automaton.ts'
import { allViews, type PhraseHit, PhraseWalker, plainView } from './phrase-walker.ts'

export interface PhraseBook {
  /** Every place where one of the phrases stands. `owner` is the place of the phrase in the list. */
  readonly find: (text: string) => readonly PhraseHit[]
}

/** `plainly`: as written, with case, accents and look-alike letters seen through; else in all views, as in a zone. */
export function createPhraseBook(
  phrases: readonly string[],
  { plainly = false }: { readonly plainly?: boolean } = {},
): PhraseBook {
  const automaton = buildPhraseAutomaton(
    phrases.flatMap((phrase, owner) => foldPhrase(phrase).map((symbols) => ({ symbols, owner }))),
  )
  return {
    find: (text) => {
      const walker = new PhraseWalker(automaton, plainly ? plainView : allViews)
      let at = 0
      for (const character of text) {
        walker.feed(foldCodePoint(character.codePointAt(0) ?? 0), at)
        at += character.length
      }
      walker.endUtterance(at)
      return walker.hits
    },
  }
}
