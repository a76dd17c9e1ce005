import { z } from 'zod'
import { defineTool, type Tool, type ToolResult } from './define-tool.ts'

const weekdays = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'] as const
const doctors = ['Dr. Marsh', 'Dr. Okafor'] as const

const argumentsSchema = z
  .strictObject({
    weekday: z.enum(weekdays).optional().describe('The next such day. Give this or date.'),
    date: z.iso.date().optional().describe('A day as YYYY-MM-DD. Give this or weekday.'),
    time: z.string().max(20).describe('Time of day as H:MM on a 24-hour clock, on the hour or half hour'),
    doctor: z.enum(doctors).optional().describe('Dr. Marsh when nothing is said'),
  })
  .refine((args) => (args.weekday === undefined) !== (args.date === undefined), {
    message: 'give either weekday or date',
  })

const dayMs = 24 * 60 * 60 * 1000
/** The demo clinic is open from 8:00 to 18:00 on weekdays; a visit takes half an hour, so the last begins at 17:30. */
const openFromMinutes = 8 * 60
const openUntilMinutes = 18 * 60
const visitMinutes = 30
/** Nobody's calendar is kept longer than that. */
const bookableDays = 90

/**
 * The demo tool: books a visit in the memory of the session and nowhere else. Days are those of UTC. Refuses a day that is past,
 * too far away or a weekend, a time outside the hours or off the half hour, and a doctor who is taken.
 */
export function createBookSlot(): Tool {
  const taken = new Set<string>()
  return defineTool({
    name: 'book_slot',
    kind: 'built_in',
    isIdempotent: false,
    description: 'Books a visit at the clinic. Call it only after the user has agreed to the day and the time.',
    arguments: argumentsSchema,
    execute: (args, context) => {
      const today = Math.floor(context.nowMs / dayMs)
      const day = args.date === undefined ? nextWeekday(today, args.weekday) : Math.floor(Date.parse(args.date) / dayMs)
      const minutes = readTime(args.time)
      const refusal = refuseDay(day, today) ?? refuseTime(minutes)
      if (refusal !== undefined || minutes === undefined) return { ok: false, error: refusal ?? notATime }
      return book(taken, { day, minutes, doctor: args.doctor ?? 'Dr. Marsh' })
    },
  })
}

const notATime = 'That is not a time of day.'

function book(
  taken: Set<string>,
  visit: { readonly day: number; readonly minutes: number; readonly doctor: string },
): ToolResult {
  const { day, minutes, doctor } = visit
  const slot = `${weekdayOf(day)}, ${formatTime(minutes)}`
  const key = `${day} ${minutes} ${doctor}`
  if (taken.has(key)) return { ok: false, error: `${slot} with ${doctor} is already taken.` }
  taken.add(key)
  const date = new Date(day * dayMs).toISOString().slice(0, 10)
  return { ok: true, fields: { slot, date, doctor, reference: `RC-${100 + taken.size}` } }
}

function refuseDay(day: number, today: number): string | undefined {
  if (day < today) return 'That day is in the past.'
  if (day > today + bookableDays) return `That day is more than ${bookableDays} days away.`
  const weekday = weekdayOf(day)
  return weekday === 'Saturday' || weekday === 'Sunday' ? 'The clinic is closed at the weekend.' : undefined
}

function refuseTime(minutes: number | undefined): string | undefined {
  if (minutes === undefined) return notATime
  if (minutes < openFromMinutes || minutes + visitMinutes > openUntilMinutes) {
    return 'Visits begin between 8:00 and 17:30.'
  }
  return minutes % visitMinutes === 0 ? undefined : 'Visits begin on the hour or the half hour.'
}

/** Minutes since midnight; undefined for what no clock shows. */
function readTime(text: string): number | undefined {
  const match = /^(\d{1,2}):(\d{2})$/.exec(text.trim())
  const hours = Number(match?.[1])
  const minutes = Number(match?.[2])
  return hours < 24 && minutes < 60 ? hours * 60 + minutes : undefined
}

function formatTime(minutes: number): string {
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, '0')}`
}

/** The first such day after today: who asks on a Tuesday for Tuesday means the next one. */
function nextWeekday(today: number, weekday: string | undefined): number {
  let day = today + 1
  while (weekdayOf(day) !== weekday && day < today + 8) day += 1
  return day
}

/** Day 0 of the epoch was a Thursday. */
function weekdayOf(day: number): string {
  return weekdays[(((day + 4) % 7) + 7) % 7] ?? 'Sunday'
}
