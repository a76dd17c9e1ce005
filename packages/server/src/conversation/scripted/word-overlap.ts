import { splitWords } from './split-words.ts'

/** Shorter words (is, of, do) say nothing about the topic. */
const minWordLength = 3

/** Words of questions that are in no topic. `when` and `where` are missing: a note may answer them. */
const questionWords: ReadonlySet<string> = new Set(
  'are and can could for from have how may much please should tell that the there this was what which who will with you your'.split(
    ' ',
  ),
)

/** Says of a text which content words of the question stand in it, each once. */
export function wordOverlap(question: string): (text: string) => readonly string[] {
  const asked = contentWords(question)
  return (text) => {
    const words = contentWords(text)
    return asked.filter((word) => words.some((other) => sameStem(word, other)))
  }
}

function contentWords(text: string): readonly string[] {
  const words = splitWords(text).map((word) => word.folded)
  return [...new Set(words)].filter((word) => word.length >= minWordLength && !questionWords.has(word))
}

/** `open` and `opening`, `park` and `parking`: one begins with the other, and four letters are enough to mean the same. */
function sameStem(left: string, right: string): boolean {
  if (left === right) return true
  const [short, long] = left.length < right.length ? [left, right] : [right, left]
  return short.length >= 4 && long.startsWith(short)
}
