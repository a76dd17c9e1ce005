import type { PromptPart } from '../prompt-segment.ts'
import { wordOverlap } from './word-overlap.ts'

/** What stands below a heading that is asked for may answer without naming it again. */
const lineWeight = 2

/**
 * The line or sentence of the documents in a prompt whose words overlap most with the question, or undefined when none does. The
 * first of equal ones is taken, so the passage that was found to fit best. Headings are not answers.
 */
export function findInDocuments(prompt: readonly PromptPart[], question: string): string | undefined {
  const overlap = wordOverlap(question)
  let best: { readonly score: number; readonly answer: string } | undefined
  for (const part of prompt) {
    if (part.kind !== 'data' || !part.segment.source.startsWith('document:')) continue
    let heading = 0
    for (const line of part.segment.text.split('\n')) {
      if (line.startsWith('# ')) {
        heading = overlap(line)
        continue
      }
      for (const sentence of sentencesOf(line)) {
        const score = lineWeight * overlap(sentence) + heading
        if (score > (best?.score ?? 0)) best = { score, answer: sentence }
      }
    }
  }
  return best?.answer
}

/** A stop inside a number or a time is not followed by a space; one after a title ends nothing. */
function sentencesOf(line: string): readonly string[] {
  return line
    .split(/(?<=[.!?])(?<!\b(?:Dr|Mr|Mrs|Ms|Prof|St|No)\.)\s+/)
    .map((sentence) => sentence.trim())
    .filter((sentence) => sentence !== '')
}
