import {
  dayWords,
  inWords,
  monthNames,
  nearDays,
  nextWords,
  ordinalWords,
  weekdayNames,
  weekWords,
} from './calendar-words.ts'
import { foldPlain } from './fold-plain.ts'
import { readTokens, type ValueToken } from './read-tokens.ts'
import { dayNumber, dayOf, isoDate, type SessionDay, weekdayOf } from './session-day.ts'

/**
 * Every day that a text may speak of, as `2026-12-01`: written dates in their usual orders, names of months, names of week days
 * and words such as `tomorrow` in en, de, fr and es, against the session's clock and zone. Where a word may mean two days, both.
 */
export function readDates(text: string, now: SessionDay): ReadonlySet<string> {
  const today = dayOf(now)
  const days = [...writtenDays(foldPlain(text), today), ...spokenDays(readTokens(text), today)]
  return new Set(days.flatMap((day) => (day === undefined ? [] : [isoDate(day)])))
}

type Day = number | undefined

function writtenDays(text: string, today: number): readonly Day[] {
  const whole = [...text.matchAll(/(?<!\d)(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?!\d)/g)].map(([, year, month, day]) =>
    dayNumber(Number(year), Number(month), Number(day)),
  )
  // Without a year only as dates are written: `1.12.` and `1/12`; `1.5` is a number.
  const short = [
    ...text.matchAll(/(?<![\d.,/-])(\d{1,2})[./-](\d{1,2})[./-](\d{4}|\d{2})(?![\d/-])/g),
    ...text.matchAll(/(?<![\d.,/-])(\d{1,2})(?:\.(\d{1,2})\.(?!\d)|\/(\d{1,2})(?![\d/]))/g),
  ].flatMap(([, first, second, third]) => {
    const year = third !== undefined && second !== undefined ? third : undefined
    const other = Number(second ?? third)
    return [...inYear(other, Number(first), year, today), ...inYear(Number(first), other, year, today)]
  })
  return [...whole, ...short]
}

/** Without a year the next such day. */
function inYear(month: number, day: number, year: string | number | undefined, today: number): readonly Day[] {
  if (year !== undefined) return [dayNumber(Number(year) < 100 ? 2000 + Number(year) : Number(year), month, day)]
  const thisYear = new Date(today * 86_400_000).getUTCFullYear()
  return [thisYear, thisYear + 1]
    .map((one) => dayNumber(one, month, day))
    .filter((one) => one !== undefined && one >= today)
    .slice(0, 1)
}

function spokenDays(tokens: readonly ValueToken[], today: number): readonly Day[] {
  const word = (at: number): string => {
    const token = tokens[at]
    return token?.kind === 'word' ? token.word : ''
  }
  return tokens.flatMap((token, at): readonly Day[] => {
    if (token.kind === 'number') return inSomeDays(token.values[0] ?? 0, word(at - 1), word(at + 1), today)
    const weekday = weekdayNames.get(token.word)
    if (weekday !== undefined) {
      const isNext = nextWords.has(word(at - 1)) || nextWords.has(word(at + 1))
      return nextWeekdays(weekday, today, isNext)
    }
    const near = nearDays.get(token.word)
    if (near !== undefined) return [today + near, ...(isDayAfter(word, at) ? [today + 2] : [])]
    const month = monthNames.get(token.word)
    return month === undefined ? [] : inMonth(tokens, at, month, today)
  })
}

/** Today counts, too: who says on a Tuesday `Tuesday` may mean either. */
function nextWeekdays(weekday: number, today: number, isNext: boolean): readonly number[] {
  const ahead = (weekday - weekdayOf(today) + 7) % 7
  const first = ahead === 0 ? [today, today + 7] : [today + ahead]
  return isNext ? [...new Set([...first, today + ahead + 7])] : first
}

/** `the day after tomorrow`, `apres demain`, `pasado manana`. */
function isDayAfter(word: (at: number) => string, at: number): boolean {
  return ['after', 'apres', 'pasado'].includes(word(at - 1))
}

function inSomeDays(count: number, before: string, unit: string, today: number): readonly Day[] {
  if (!inWords.has(before) || !Number.isInteger(count) || count > 1000) return []
  if (dayWords.has(unit)) return [today + count]
  return weekWords.has(unit) ? [today + 7 * count] : []
}

/** `the first of december 2026`, `december 1`, `1er decembre`, `uno de diciembre de 2026`. */
function inMonth(tokens: readonly ValueToken[], at: number, month: number, today: number): readonly Day[] {
  const before = dayAt(tokens, at - 1) ?? dayAt(tokens, at - 2) ?? undefined
  const after = dayAt(tokens, at + 1) ?? (isWord(tokens[at + 1], 'the') ? dayAt(tokens, at + 2) : undefined)
  const year = [1, 2, 3].map((step) => yearAt(tokens, at + step)).find((one) => one !== undefined)
  return [before, after].flatMap((day) => (day === undefined ? [] : inYear(month, day, year, today)))
}

function dayAt(tokens: readonly ValueToken[], at: number): number | undefined {
  const token = tokens[at]
  if (token === undefined) return undefined
  if (token.kind === 'number') {
    const day = token.values.find((value) => Number.isInteger(value) && value >= 1 && value <= 31)
    const next = ordinalAt(tokens, at + 1) ?? 10
    return day === undefined || tensOf(token) === 0 || next >= 10 ? day : day + next
  }
  const ordinal = ordinalAt(tokens, at)
  if (ordinal !== undefined) return ordinal < 10 ? ordinal + tensOf(tokens[at - 1]) : ordinal
  // `1st`, `2nd`, `1er`: the ending stands behind its number.
  return /^(?:st|nd|rd|th|er|of|de)$/.test(token.word) ? dayAt(tokens, at - 1) : undefined
}

function ordinalAt(tokens: readonly ValueToken[], at: number): number | undefined {
  const token = tokens[at]
  return token?.kind === 'word' ? ordinalWords.get(token.word) : undefined
}

/** `twenty first`. */
function tensOf(token: ValueToken | undefined): number {
  const value = token?.kind === 'number' && token.isSpoken ? token.values[0] : undefined
  return value === 20 || value === 30 ? value : 0
}

function yearAt(tokens: readonly ValueToken[], at: number): number | undefined {
  const token = tokens[at]
  if (token?.kind !== 'number') return undefined
  const [first = 0] = token.values
  if (first >= 1900 && first < 2200) return first
  const next = tokens[at + 1]
  // `twenty twenty six`
  if (first === 20 && token.isSpoken && next?.kind === 'number' && next.isSpoken) return 2000 + (next.values[0] ?? 0)
  return undefined
}

function isWord(token: ValueToken | undefined, word: string): boolean {
  return token?.kind === 'word' && token.word === word
}
