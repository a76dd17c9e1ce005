import type { ScriptCapture } from '@hyponema/contract'
import type { Capture } from './capture.ts'
import { captureImpossibleTime, captureTime } from './capture-time.ts'
import { captureWeekday } from './capture-weekday.ts'
import { splitWords, type Word } from './split-words.ts'

type Element = { readonly word: string } | { readonly capture: ScriptCapture }

/** A pattern of a script, read once. */
export type Pattern = {
  readonly elements: readonly Element[]
  readonly atStart: boolean
  readonly atEnd: boolean
  readonly takesRest: boolean
}

/** A message, read once: every pattern is tried on the same words. */
export type Message = { readonly text: string; readonly words: readonly Word[] }

export function readPattern(pattern: string): Pattern {
  const trimmed = pattern.trim()
  const atStart = trimmed.startsWith('^')
  const atEnd = trimmed.endsWith('$')
  const parts = trimmed
    .slice(atStart ? 1 : 0, atEnd ? -1 : undefined)
    .trim()
    .split(/\s+/)
  const takesRest = parts.at(-1) === '*'
  const elements = (takesRest ? parts.slice(0, -1) : parts).flatMap((part): Element[] => {
    if (part === '{weekday}') return [{ capture: 'weekday' }]
    if (part === '{time}') return [{ capture: 'time' }]
    if (part === '{impossible_time}') return [{ capture: 'impossible_time' }]
    return splitWords(part).map((word) => ({ word: word.folded }))
  })
  return { elements, atStart, atEnd, takesRest }
}

/** The values that a message gives a pattern, or undefined when it does not match. Each element takes its first possible place. */
export function matchPattern(pattern: Pattern, message: Message): ReadonlyMap<string, string> | undefined {
  const { words } = message
  const values = new Map<string, string>()
  let next = 0
  for (const [position, element] of pattern.elements.entries()) {
    const last = position === pattern.elements.length - 1
    const furthest = pattern.atStart && position === 0 ? 0 : words.length - 1
    let found: Capture | undefined
    for (let index = next; index <= furthest; index += 1) {
      const candidate = matchElement(element, words, index)
      if (candidate === undefined || (last && pattern.atEnd && index + candidate.length < words.length)) continue
      found = candidate
      next = index + candidate.length
      break
    }
    if (found === undefined) return undefined
    if ('capture' in element) values.set(element.capture, found.value)
  }
  if (!pattern.takesRest) return values
  const rest = restAfter(message.text, words[next - 1]?.end ?? 0)
  return rest === '' ? undefined : values.set('rest', rest)
}

function matchElement(element: Element, words: readonly Word[], index: number): Capture | undefined {
  if ('word' in element) {
    return words[index]?.folded === element.word ? { value: element.word, length: 1 } : undefined
  }
  switch (element.capture) {
    case 'weekday':
      return captureWeekday(words, index)
    case 'time':
      return captureTime(words, index)
    case 'impossible_time':
      return captureImpossibleTime(words, index)
    default:
      return element.capture satisfies never
  }
}

/** Everything after the last word that was matched, without the colon or comma that leads over to it. */
function restAfter(text: string, end: number): string {
  return text
    .slice(end)
    .replace(/^\s*[:,]?/, '')
    .trim()
}
