import type { Capture } from './capture.ts'
import type { Word } from './split-words.ts'

/** Spellings of each day. Without `sat` and `sun`, which are words of their own. */
const spellings = {
  Monday: ['monday', 'mondays', 'mon'],
  Tuesday: ['tuesday', 'tuesdays', 'tue', 'tues'],
  Wednesday: ['wednesday', 'wednesdays', 'wed', 'weds'],
  Thursday: ['thursday', 'thursdays', 'thu', 'thur', 'thurs'],
  Friday: ['friday', 'fridays', 'fri'],
  Saturday: ['saturday', 'saturdays'],
  Sunday: ['sunday', 'sundays'],
} as const

const days: ReadonlyMap<string, string> = new Map(
  Object.entries(spellings).flatMap(([day, names]) => names.map((name) => [name, day] as const)),
)

/** The weekday that stands at a place of the message, in its English name. */
export function captureWeekday(words: readonly Word[], index: number): Capture | undefined {
  const value = days.get(words[index]?.folded ?? '')
  return value === undefined ? undefined : { value, length: 1 }
}
