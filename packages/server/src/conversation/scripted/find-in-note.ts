import { splitWords } from './split-words.ts'

/** Shorter words (is, of, do) say nothing about the topic. */
const minWordLength = 3

/** Words of questions that are in no topic. `when` and `where` are missing: a note may answer them. */
const questionWords: ReadonlySet<string> = new Set(
  'are and can could for from have how may much please should tell that the there this was what which who will with you your'.split(
    ' ',
  ),
)

/** A word of the topic is worth more than one that only stands in the answer. */
const topicWeight = 2

/**
 * The answer of the line of a note whose words overlap most with the question, or undefined when none does. A line is
 * `topic: answer`, or an answer alone. The first of equal lines is taken. The caller passes the answer through the retrieval
 * stage before anybody hears it.
 */
export function findInNote(noteText: string, question: string): string | undefined {
  const asked = contentWords(question)
  let best: { readonly score: number; readonly answer: string } | undefined
  for (const line of noteText.split('\n')) {
    const { topic, answer } = splitLine(line)
    if (answer === '') continue
    const score = topicWeight * overlap(asked, contentWords(topic)) + overlap(asked, contentWords(answer))
    if (score > (best?.score ?? 0)) best = { score, answer }
  }
  return best?.answer
}

/** A colon inside a time is not followed by a space, so it does not end a topic. */
function splitLine(line: string): { readonly topic: string; readonly answer: string } {
  const match = /^([^:]*):\s+(.*)$/.exec(line.trim())
  return match?.[1] === undefined || match[2] === undefined
    ? { topic: '', answer: line.trim() }
    : { topic: match[1], answer: match[2].trim() }
}

function contentWords(text: string): readonly string[] {
  const words = splitWords(text).map((word) => word.folded)
  return [...new Set(words)].filter((word) => word.length >= minWordLength && !questionWords.has(word))
}

function overlap(asked: readonly string[], words: readonly string[]): number {
  return asked.filter((word) => words.some((other) => sameStem(word, other))).length
}

/** `open` and `opening`, `park` and `parking`: one begins with the other, and four letters are enough to mean the same. */
function sameStem(left: string, right: string): boolean {
  if (left === right) return true
  const [short, long] = left.length < right.length ? [left, right] : [right, left]
  return short.length >= 4 && long.startsWith(short)
}
