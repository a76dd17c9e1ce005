import type { PromptPart } from '../prompt-segment.ts'
import { wordOverlap } from './word-overlap.ts'

/** What stands below a heading that is asked for may answer without naming it again. */
const lineWeight = 2

type Sentence = { readonly text: string; readonly words: readonly string[]; readonly headingWords: readonly string[] }

/**
 * The line or sentence of the documents in a prompt that shares most with the question, or undefined when none shares a word. A
 * word that few of the sentences have says more than one that many have. The first of equal ones is taken, so the passage that
 * was found to fit best. Headings are not answers.
 */
export function findInDocuments(prompt: readonly PromptPart[], question: string): string | undefined {
  const overlap = wordOverlap(question)
  const sentences = prompt.flatMap((part) =>
    part.kind === 'data' && part.segment.source.startsWith('document:') ? sentencesIn(part.segment.text, overlap) : [],
  )
  const shares = (word: string): number => sentences.filter(({ words }) => words.includes(word)).length
  const weights = new Map(overlap(question).map((word) => [word, 1 / Math.sqrt(Math.max(1, shares(word)))]))
  const weigh = (words: readonly string[]): number => words.reduce((sum, word) => sum + (weights.get(word) ?? 0), 0)
  let best: { readonly score: number; readonly answer: string } | undefined
  for (const { text, words, headingWords } of sentences) {
    const score = lineWeight * weigh(words) + weigh(headingWords)
    if (score > (best?.score ?? 0)) best = { score, answer: text }
  }
  return best?.answer
}

function sentencesIn(text: string, overlap: ReturnType<typeof wordOverlap>): readonly Sentence[] {
  const found: Sentence[] = []
  let headingWords: readonly string[] = []
  for (const line of text.split('\n')) {
    if (line.startsWith('# ')) headingWords = overlap(line)
    else
      found.push(...sentencesOf(line).map((sentence) => ({ text: sentence, words: overlap(sentence), headingWords })))
  }
  return found
}

/** A stop inside a number or a time is not followed by a space; one after a title ends nothing. */
function sentencesOf(line: string): readonly string[] {
  return line
    .split(/(?<=[.!?])(?<!\b(?:Dr|Mr|Mrs|Ms|Prof|St|No)\.)\s+/)
    .map((sentence) => sentence.trim())
    .filter((sentence) => sentence !== '')
}
