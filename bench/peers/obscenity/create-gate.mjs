/**
 * obscenity matches whole texts. Used on a stream in the way that suits it best: the sentence waits, is matched with the
 * recommended transformers, and is dropped when anything is found.
 */
import { DataSet, englishRecommendedTransformers, parseRawPattern, RegExpMatcher } from 'obscenity'

export function createGate(phrases) {
  const dataset = new DataSet()
  for (const phrase of phrases) {
    const pattern = parseRawPattern(`|${phrase.toLowerCase().replaceAll(/[[\]?|\\]/g, '\\$&')}|`)
    dataset.addPhrase((adding) => adding.setMetadata({ originalWord: phrase }).addPattern(pattern))
  }
  const matcher = new RegExpMatcher({ ...dataset.build(), ...englishRecommendedTransformers })
  return {
    run: async (pieces) => {
      const text = pieces.join('')
      const [first] = matcher.getAllMatches(text, true)
      return first === undefined ? text : text.slice(0, first.startIndex)
    },
  }
}
