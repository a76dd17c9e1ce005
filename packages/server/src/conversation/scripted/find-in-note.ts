import { wordOverlap } from './word-overlap.ts'

/** A word of the topic is worth more than one that only stands in the answer. */
const topicWeight = 2

/**
 * The answer of the line of a note whose words overlap most with the question, or undefined when none does. A line is
 * `topic: answer`, or an answer alone. The first of equal lines is taken. The caller passes the answer through the retrieval
 * stage before anybody hears it.
 */
export function findInNote(noteText: string, question: string): string | undefined {
  const overlap = wordOverlap(question)
  let best: { readonly score: number; readonly answer: string } | undefined
  for (const line of noteText.split('\n')) {
    const { topic, answer } = splitLine(line)
    if (answer === '') continue
    const score = topicWeight * overlap(topic).length + overlap(answer).length
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
