/** The diary of a clinic: what is free, what is booked. In memory; days and times are those of UTC. */

const weekdays = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']
export const doctors = ['Dr. Marsh', 'Dr. Okafor'] as const

const dayMs = 24 * 60 * 60 * 1000
const openFromMinutes = 8 * 60
const openUntilMinutes = 18 * 60
/** A visit takes half an hour, so the last one begins at 17:30. */
const visitMinutes = 30
/** Nobody's diary is kept longer than that. */
const bookableDays = 90

/** A day is a `date` (2026-03-10) or a `weekday`, which means the next one after today. */
export type Wish = {
  readonly date?: string | undefined
  readonly weekday?: string | undefined
  readonly doctor?: string | undefined
}

export type Booking =
  | {
      readonly booked: true
      readonly slot: string
      readonly date: string
      readonly doctor: string
      readonly reference: string
    }
  | { readonly booked: false; readonly refused: string }

export type FreeSlots =
  | { readonly date: string; readonly weekday: string; readonly doctor: string; readonly free: readonly string[] }
  | { readonly refused: string }

export class Diary {
  readonly #taken = new Set<string>()
  readonly #nowMs: () => number

  constructor(nowMs: () => number = Date.now) {
    this.#nowMs = nowMs
  }

  free(wish: Wish): FreeSlots {
    const found = this.#find(wish)
    if ('refused' in found) return found
    const { day, doctor } = found
    const free: string[] = []
    for (let minutes = openFromMinutes; minutes + visitMinutes <= openUntilMinutes; minutes += visitMinutes) {
      if (!this.#taken.has(keyOf(day, minutes, doctor))) free.push(formatTime(minutes))
    }
    return { date: formatDay(day), weekday: weekdayOf(day), doctor, free }
  }

  /** A refusal is one sentence that can be read to whoever is on the line. */
  book(wish: Wish & { readonly time: string }): Booking {
    const found = this.#find(wish)
    if ('refused' in found) return { booked: false, ...found }
    const minutes = readTime(wish.time)
    if (minutes === undefined) return { booked: false, refused: 'That is not a time of day.' }
    const refused = refuseTime(minutes)
    if (refused !== undefined) return { booked: false, refused }
    const { day, doctor } = found
    const slot = `${weekdayOf(day)}, ${formatTime(minutes)}`
    const key = keyOf(day, minutes, doctor)
    if (this.#taken.has(key)) return { booked: false, refused: `${slot} with ${doctor} is already taken.` }
    this.#taken.add(key)
    return { booked: true, slot, date: formatDay(day), doctor, reference: `RC-${100 + this.#taken.size}` }
  }

  #find({ date, weekday, doctor = doctors[0] }: Wish): { day: number; doctor: string } | { refused: string } {
    const today = Math.floor(this.#nowMs() / dayMs)
    const day = date === undefined ? nextWeekday(today, weekday) : readDay(date)
    if (day === undefined) return { refused: 'That is not a day. Say a weekday, or a date such as 2026-03-10.' }
    if (!doctors.some((known) => known === doctor)) return { refused: `Our doctors are ${doctors.join(' and ')}.` }
    if (day < today) return { refused: 'That day is in the past.' }
    if (day > today + bookableDays) return { refused: `That day is more than ${bookableDays} days away.` }
    if (['Saturday', 'Sunday'].includes(weekdayOf(day))) return { refused: 'The clinic is closed at the weekend.' }
    return { day, doctor }
  }
}

function refuseTime(minutes: number): string | undefined {
  if (minutes < openFromMinutes || minutes + visitMinutes > openUntilMinutes)
    return 'Visits begin between 8:00 and 17:30.'
  return minutes % visitMinutes === 0 ? undefined : 'Visits begin on the hour or the half hour.'
}

/** Minutes since midnight; undefined for what no clock shows. */
function readTime(text: string): number | undefined {
  const match = /^(\d{1,2}):(\d{2})$/.exec(text.trim())
  const [hours, minutes] = [Number(match?.[1]), Number(match?.[2])]
  return hours < 24 && minutes < 60 ? hours * 60 + minutes : undefined
}

function formatTime(minutes: number): string {
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, '0')}`
}

/** Days since 1970; undefined for what is in no calendar, such as the 30th of February. */
function readDay(text: string): number | undefined {
  const day = /^\d{4}-\d\d-\d\d$/.test(text) ? Math.floor(Date.parse(text) / dayMs) : Number.NaN
  return Number.isNaN(day) || formatDay(day) !== text ? undefined : day
}

function formatDay(day: number): string {
  return new Date(day * dayMs).toISOString().slice(0, 10)
}

/** The first such day after today: who asks on a Tuesday for Tuesday means the next one. */
function nextWeekday(today: number, weekday: string | undefined): number | undefined {
  const days = [1, 2, 3, 4, 5, 6, 7].map((ahead) => today + ahead)
  return days.find((day) => weekdayOf(day).toLowerCase() === weekday?.trim().toLowerCase())
}

function weekdayOf(day: number): string {
  return weekdays[new Date(day * dayMs).getUTCDay()] ?? ''
}

function keyOf(day: number, minutes: number, doctor: string): string {
  return `${day} ${minutes} ${doctor}`
}
