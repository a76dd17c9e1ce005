/** Texts in which nothing forbidden is said, through the same gates at the same setting as the leaks are measured with. */

import { oddButSafe } from '../../packages/policy/src/test-harness/odd-but-safe.ts'
import { ordinaryNumbers, ordinarySentences } from '../../packages/policy/src/test-harness/ordinary-talk.ts'
import { seededNumbers, splitAt } from '../../packages/policy/src/test-harness/random-splits.ts'
import { sentences } from './bench-texts.ts'
import type { StreamGate } from './measure-leaks.ts'

export interface FalseAlarms {
  readonly tried: number
  /** Came out otherwise than they went in. */
  readonly stopped: number
  readonly examples: readonly string[]
}

/** A receptionist's talk, ordinary talk in four languages, and prompts that only sound bad; without those that hold a phrase. */
export function benignTexts(phrases: readonly string[]): readonly string[] {
  const next = seededNumbers(20_261_201)
  const digits = ['4', '14', '40', '60', '205']
  const written = Object.entries(ordinarySentences).flatMap(([language, list]) =>
    list.flatMap((text) =>
      Array.from({ length: 4 }, () =>
        text.replaceAll(/[#%]/g, (mark) => {
          const words = Object.entries(ordinaryNumbers).find(([name]) => name === language)?.[1] ?? []
          return (mark === '#' ? words[next(words.length)] : digits[next(digits.length)]) ?? ''
        }),
      ),
    ),
  )
  const escaped = phrases.map((phrase) => phrase.replaceAll(/[.*+?^${}()|[\]\\/]/g, '\\$&'))
  const said = new RegExp(`(?<![\\p{L}\\p{N}])(?:${escaped.join('|')})(?![\\p{L}\\p{N}])`, 'iu')
  return [...new Set([...sentences(200, 7), ...written, ...oddButSafe])].filter((text) => !said.test(text))
}

export async function measureFalseAlarms(gate: StreamGate, texts: readonly string[]): Promise<FalseAlarms> {
  const next = seededNumbers(20_261_202)
  const stopped: string[] = []
  for (const text of texts) {
    const places = Array.from({ length: 8 }, () => next(text.length))
    if ((await gate.run(splitAt(text, places))) !== text) stopped.push(text)
  }
  return { tried: texts.length, stopped: stopped.length, examples: stopped.slice(0, 5) }
}
