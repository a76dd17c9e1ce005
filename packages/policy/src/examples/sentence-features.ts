/**
 * What a sentence is made of, as numbers: its words without their endings, pairs of neighbours, and pieces of four letters, so
 * that other forms of a word still count. Letters are folded first, so look-alikes, marks and invisible characters change nothing.
 */
import { foldForRecord } from '../fold/fold-for-record.ts'
import { functionWords } from './function-words.ts'

/** Hash of a feature and how much it weighs; the same hash twice means twice. */
export interface Feature {
  readonly hash: number
  readonly weight: number
}

/** A piece of a word says less than the word. */
const pieceWeight = 0.35
const pairWeight = 0.5
/** Of a word that stands in any sentence. */
const commonWeight = 0.2
const pieceLength = 4
/** A longer text is read in parts (sentence-parts.ts); what stands behind this many words was built to be slow. */
const maxWords = 120

export function sentenceFeatures(text: string): readonly Feature[] {
  const words = wordsOf(text).slice(0, maxWords)
  const stems = words.map(stemOf)
  const worth = words.map((word) => (functionWords.has(word) ? commonWeight : 1))
  const features = stems.map((stem, place) => ({ hash: hashOf('w', stem), weight: worth[place] ?? 1 }))
  for (let place = 1; place < stems.length; place += 1) {
    const weight = pairWeight * Math.min(worth[place - 1] ?? 1, worth[place] ?? 1)
    features.push({ hash: hashOf('p', `${stems[place - 1]} ${stems[place]}`), weight })
  }
  if (words.some((word) => /\d/.test(word))) features.push({ hash: hashOf('s', 'number'), weight: 1 })
  if (/[?\u00bf\uff1f]/u.test(text)) features.push({ hash: hashOf('s', 'question'), weight: 0.7 })
  for (const word of words) {
    if (functionWords.has(word)) continue
    const whole = `^${word.slice(0, 24)}$`
    for (let place = 0; place + pieceLength <= whole.length; place += 1)
      features.push({ hash: hashOf('c', whole.slice(place, place + pieceLength)), weight: pieceWeight })
  }
  return features
}

/** Folded; a sign at the end of a word is none of its letters. */
export function wordsOf(text: string): readonly string[] {
  return foldForRecord(text.replaceAll(/\p{P}+/gu, ' '))
    .split(' ')
    .filter((word) => word !== '')
}

const endings =
  /(?:ations?|ungen|ung|ments?|ement|ingly|ings?|eurs?|euses?|iert|ieren|ando|iendo|ados?|adas?|ed|es|en|er|ern|em|s|e|n|t|a|o)$/

/** At least four letters stay: what is cut away is the same for all forms of a word, not what a grammar calls its ending. */
function stemOf(word: string): string {
  if (word.length <= 4) return word
  const stem = word.replace(endings, '')
  return stem.length >= 4 ? stem : word.slice(0, 4)
}

/** FNV-1a of 32 bits. */
function hashOf(kind: string, text: string): number {
  let hash = Math.imul(2_166_136_261 ^ kind.charCodeAt(0), 16_777_619)
  for (let place = 0; place < text.length; place += 1) hash = Math.imul(hash ^ text.charCodeAt(place), 16_777_619)
  return hash >>> 0
}
