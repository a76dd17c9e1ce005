/** One word and where it ends, punctuation excluded. */
type Word = { readonly word: string; readonly end: number }

/** How many words there are, in languages without spaces too. */
export function countWords(text: string): number {
  return wordsOf(text).length
}

/**
 * What `text` says beyond `taken`, its beginning as it was understood earlier: words may have been corrected since, so the two
 * are laid side by side at the least distance. `left` is what of `taken` no word of `text` stands for yet.
 * "I want to book a table." beyond "I want to brook" is "a table."
 */
export function beyondTaken(text: string, taken: string): Overlap {
  const ours = wordsOf(text)
  const theirs = wordsOf(taken)
  const same = commonBeginning(ours, theirs)
  const cut = leastDistance(ours.slice(same), theirs.slice(same))
  return {
    fresh: text.slice(ours[same + cut.ours - 1]?.end ?? 0).replace(/^[\s,.;:!?…-]+/u, ''),
    left: taken.slice(theirs[same + cut.theirs - 1]?.end ?? 0).trim(),
    distance: cut.distance,
    words: same + cut.theirs,
  }
}

export type Overlap = {
  readonly fresh: string
  readonly left: string
  /** Words that were put in, left out or corrected, of `words` that were taken; a word that was replaced is two of them. */
  readonly distance: number
  readonly words: number
}

function wordsOf(text: string): readonly Word[] {
  const words: Word[] = []
  for (const { segment, index, isWordLike } of segmenter.segment(text)) {
    if (isWordLike === true) words.push({ word: segment.toLowerCase(), end: index + segment.length })
  }
  return words
}

function commonBeginning(ours: readonly Word[], theirs: readonly Word[]): number {
  const differs = ours.findIndex(({ word }, at) => word !== theirs[at]?.word)
  return differs === -1 ? ours.length : differs
}

type Cut = { readonly ours: number; readonly theirs: number; readonly distance: number }

/** Levenshtein's distance by words, up to where either list ends; of equal ones the longest. */
function leastDistance(ours: readonly Word[], theirs: readonly Word[]): Cut {
  if (ours.length === 0 || theirs.length === 0) return { ours: 0, theirs: 0, distance: 0 }
  if (theirs.length > maxCompared)
    return { ours: Math.min(ours.length, theirs.length), theirs: theirs.length, distance: 0 }
  const columns = ours.slice(0, 2 * maxCompared)
  let best: Cut | undefined
  const consider = (cut: Cut): void => {
    const gain = best === undefined ? 1 : best.distance - cut.distance
    if (gain > 0 || (gain === 0 && best !== undefined && cut.ours + cut.theirs >= best.ours + best.theirs)) best = cut
  }
  let row = Array.from({ length: columns.length + 1 }, (_, at) => at)
  for (const [index, { word }] of theirs.entries()) {
    const next = [index + 1]
    for (const [at, column] of columns.entries()) {
      const replaced = (row[at] ?? 0) + priceOf(word, column.word)
      next.push(Math.min(replaced, (row[at + 1] ?? 0) + 1, (next[at] ?? 0) + 1))
    }
    row = next
    consider({ ours: columns.length, theirs: index + 1, distance: row[columns.length] ?? 0 })
  }
  for (const [at, distance] of row.entries()) consider({ ours: at, theirs: theirs.length, distance })
  return best ?? { ours: 0, theirs: 0, distance: 0 }
}

/** A correction mostly begins with the same letter; what does not is one word less and another one more. */
function priceOf(before: string, after: string): number {
  if (before === after) return 0
  return before[0] === after[0] ? 1 : 2
}

const segmenter = new Intl.Segmenter('und', { granularity: 'word' })
/** What is said in a minute. Longer ones are laid side by side word for word, which costs nothing. */
const maxCompared = 200
