import type { Capture } from './capture.ts'
import type { Word } from './split-words.ts'

const numberWords: ReadonlyMap<string, number> = new Map(
  ['one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten', 'eleven', 'twelve'].map(
    (name, index) => [name, index + 1] as const,
  ),
)
const minuteWords: ReadonlyMap<string, number> = new Map([
  ['fifteen', 15],
  ['thirty', 30],
])

/**
 * The time of day that stands at a place of the message, as `9:30` or `14:00`: `9:30`, `9.30 am`, `2pm`, `at 9`, `nine thirty`,
 * `half past nine`, `two o'clock`, `noon`. Without am or pm an hour from 1 to 6 is one of the afternoon. What no clock shows,
 * such as `25:99`, is none.
 */
export function captureTime(words: readonly Word[], index: number): Capture | undefined {
  const said = captureSaidTime(words, index)
  return said !== undefined && isTimeOfDay(said.value) ? said : undefined
}

/** What is said as a time at a place of the message and is none, so that a script can ask again: `25:99`, `at 9:75`. */
export function captureImpossibleTime(words: readonly Word[], index: number): Capture | undefined {
  const said = captureSaidTime(words, index)
  return said === undefined || isTimeOfDay(said.value) ? undefined : said
}

function isTimeOfDay(value: string): boolean {
  const [hour = Number.NaN, minutes = Number.NaN] = value.split(':').map(Number)
  return hour < 24 && minutes < 60
}

function captureSaidTime(words: readonly Word[], index: number): Capture | undefined {
  const at = (offset: number): string => words[index + offset]?.folded ?? ''
  if (at(0) === 'noon' || at(0) === 'midday') return { value: '12:00', length: 1 }
  if (at(1) === 'past' || at(1) === 'to') return captureRelative(at)
  if (at(0) === 'at') {
    const after = captureClock((offset) => at(offset + 1), true)
    return after === undefined ? undefined : { value: after.value, length: after.length + 1 }
  }
  return captureClock(at, false)
}

type WordAt = (offset: number) => string

/** `half past nine`, `quarter to ten`. */
function captureRelative(at: WordAt): Capture | undefined {
  const hour = hourOf(at(2))
  const minutes = at(0) === 'half' && at(1) === 'past' ? 30 : at(0) === 'quarter' ? 15 : undefined
  if (hour === undefined || minutes === undefined) return undefined
  const value =
    at(1) === 'past' ? formatTime(hour, minutes, '') : formatTime(hour === 1 ? 12 : hour - 1, 60 - minutes, '')
  return { value, length: 3 }
}

/** An hour with minutes, a half of the day or `o'clock`; alone only where `at` stands before it. */
function captureClock(at: WordAt, alone: boolean): Capture | undefined {
  const joined = /^(\d{1,2})(?::(\d{2}))?(am|pm)?$/.exec(at(0))
  const hour = joined?.[1] === undefined ? numberWords.get(at(0)) : Number(joined[1])
  if (hour === undefined) return undefined
  const spokenMinutes = joined === null ? minuteWords.get(at(1)) : undefined
  const minutes = joined?.[2] === undefined ? spokenMinutes : Number(joined[2])
  let length = spokenMinutes === undefined ? 1 : 2
  const half = joined?.[3] === undefined ? halfOfDay(at, length) : { name: joined[3], length: 0 }
  length += half.length
  const bare = minutes === undefined && half.name === '' && half.length === 0
  return bare && !alone ? undefined : { value: formatTime(hour, minutes ?? 0, half.name), length }
}

function halfOfDay(at: WordAt, offset: number): { readonly name: string; readonly length: number } {
  const word = at(offset)
  if (word === 'am' || word === 'pm') return { name: word, length: 1 }
  if ((word === 'a' || word === 'p') && at(offset + 1) === 'm') return { name: `${word}m`, length: 2 }
  return { name: '', length: word === 'oclock' ? 1 : 0 }
}

function hourOf(word: string): number | undefined {
  return /^\d{1,2}$/.test(word) ? Number(word) : numberWords.get(word)
}

function formatTime(hour: number, minutes: number, half: string): string {
  const afternoon = half === 'pm' ? hour < 12 : half === '' && hour >= 1 && hour <= 6
  const hour24 = half === 'am' && hour === 12 ? 0 : afternoon ? hour + 12 : hour
  return `${hour24}:${String(minutes).padStart(2, '0')}`
}
