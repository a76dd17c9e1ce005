/** Has a part of the sentence finder read each sentence as it is heard, too. */
import type { ReadSentence, SentenceHit, SentencePart } from '../match/sentence-finder.ts'
import { spokenSentences } from './spoken-sentences.ts'

/** `languagesOf`: the languages of the zone at this place. */
export function hearSentences(part: SentencePart, languagesOf: (owner: number) => number): SentencePart {
  return {
    find: (sentence) => {
      const found = part.find(sentence)
      const heard = spokenSentences(sentence.given).flatMap(({ languages, source }) => {
        const read: ReadSentence = { given: sentence.given, sources: [source] }
        return part.find(read).filter(({ owner }) => (languagesOf(owner) & languages) !== 0)
      })
      const fresh: SentenceHit[] = []
      for (const hit of heard) {
        if (hit.end > hit.start && ![...found, ...fresh].some((other) => isWithin(hit, other)))
          fresh.push({ ...hit, view: 'spoken' })
      }
      return [...found, ...fresh]
    },
  }
}

function isWithin(hit: SentenceHit, other: SentenceHit): boolean {
  return other.owner === hit.owner && other.start <= hit.start && other.end >= hit.end
}
