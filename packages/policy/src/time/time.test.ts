import type { WeekHours } from '@hyponema/contract'
import { describe, expect, it } from 'vitest'
import { isWithinHours } from './is-within-hours.ts'
import { localTimeAt } from './local-time.ts'
import { nextWithin } from './next-within.ts'
import type { ZoneTransitions } from './zone-transitions.ts'

const berlin: ZoneTransitions = {
  name: 'Europe/Berlin',
  transitions: [
    { fromMs: Date.UTC(2025, 9, 26, 1), offsetMinutes: 60 },
    { fromMs: Date.UTC(2026, 2, 29, 1), offsetMinutes: 120 },
    { fromMs: Date.UTC(2026, 9, 25, 1), offsetMinutes: 60 },
    { fromMs: Date.UTC(2027, 2, 28, 1), offsetMinutes: 120 },
  ],
}
const utc: ZoneTransitions = { name: 'UTC', transitions: [{ fromMs: 0, offsetMinutes: 0 }] }
const tokyo: ZoneTransitions = { name: 'Asia/Tokyo', transitions: [{ fromMs: 0, offsetMinutes: 540 }] }
const newYork: ZoneTransitions = { name: 'America/New_York', transitions: [{ fromMs: 0, offsetMinutes: -300 }] }
const everyDay: WeekHours['days'] = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']
const daily = (from: string, to: string): readonly WeekHours[] => [{ days: everyDay, from, to }]
const at = (text: string) => Date.parse(text)

describe('local time', () => {
  it('shows the calendar and the clock of the place', () => {
    expect(localTimeAt(berlin, at('2026-12-31T23:30:00Z'))).toEqual({
      day: 20_819,
      minuteOfDay: 30,
      weekDay: 'fri',
      date: '2027-01-01',
    })
    expect(localTimeAt(newYork, at('1969-12-31T23:59:59Z'))).toMatchObject({ date: '1969-12-31', weekDay: 'wed' })
  })
})

describe('hours', () => {
  it('are half open', () => {
    expect(isWithinHours(utc, { hours: daily('08:00', '21:00') }, at('2026-12-01T08:00:00Z'))).toBe(true)
    expect(isWithinHours(utc, { hours: daily('08:00', '21:00') }, at('2026-12-01T07:59:59.999Z'))).toBe(false)
    expect(isWithinHours(utc, { hours: daily('08:00', '21:00') }, at('2026-12-01T21:00:00Z'))).toBe(false)
  })

  it('go over midnight, and belong to the day on which they begin', () => {
    const friday: readonly WeekHours[] = [{ days: ['sun'], from: '22:00', to: '02:00' }]
    expect(isWithinHours(utc, { hours: friday }, at('2026-12-07T01:59:00Z'))).toBe(true)
    expect(isWithinHours(utc, { hours: friday }, at('2026-12-06T01:59:00Z'))).toBe(false)
  })

  it('stay shut on a holiday of one year and of every year', () => {
    const open = { holidays: ['2026-12-01', '12-25'] }
    expect(isWithinHours(utc, open, at('2026-12-01T12:00:00Z'))).toBe(false)
    expect(isWithinHours(utc, open, at('2027-12-01T12:00:00Z'))).toBe(true)
    expect(isWithinHours(utc, open, at('2027-12-25T12:00:00Z'))).toBe(false)
    expect(nextWithin([{ zones: [berlin], ...open }], at('2026-12-01T12:00:00Z'))).toBe(at('2026-12-01T23:00:00Z'))
  })

  it('that open in the time that summer time leaves out open right after it', () => {
    const window = { zones: [berlin], hours: daily('02:30', '04:00') }
    expect(nextWithin([window], at('2026-03-29T00:45:00Z'))).toBe(at('2026-03-29T01:00:00Z'))
  })

  it('are quiet when one of the two readings of a time that is shown twice is', () => {
    const morning = { hours: daily('02:30', '22:00') }
    expect(isWithinHours(berlin, morning, at('2026-10-25T00:45:00Z'))).toBe(false)
    expect(isWithinHours(berlin, morning, at('2026-10-25T01:15:00Z'))).toBe(false)
    expect(nextWithin([{ zones: [berlin], ...morning }], at('2026-10-25T00:31:00Z'))).toBe(at('2026-10-25T01:30:00Z'))
    const evening = { hours: daily('20:00', '02:30') }
    expect(isWithinHours(berlin, evening, at('2026-10-25T00:29:00Z'))).toBe(true)
    expect(isWithinHours(berlin, evening, at('2026-10-25T00:30:00Z'))).toBe(false)
    expect(isWithinHours(berlin, evening, at('2026-10-25T01:10:00Z'))).toBe(false)
  })
})

describe('the next instant', () => {
  it('is this one where all is open', () => {
    expect(nextWithin([{ zones: [utc], hours: daily('08:00', '21:00') }], 1234 + at('2026-12-01T10:00:00Z'))).toBe(
      1234 + at('2026-12-01T10:00:00Z'),
    )
    expect(nextWithin([], 5)).toBe(5)
  })

  it('is the first at which all windows are open in all zones', () => {
    const window = { zones: [newYork, berlin], hours: daily('08:00', '21:00') }
    expect(nextWithin([window], at('2026-12-01T21:00:00Z'))).toBe(at('2026-12-02T13:00:00Z'))
    const sunday = { zones: [utc], hours: [{ days: ['sun' as const], from: '10:00', to: '14:00' }] }
    expect(nextWithin([window, sunday], at('2026-12-01T21:00:00Z'))).toBe(at('2026-12-06T13:00:00Z'))
  })

  it('does not exist where the hours never meet, or there are none', () => {
    const noon = { zones: [tokyo, newYork], hours: daily('12:00', '13:00') }
    expect(nextWithin([noon], at('2026-12-01T00:00:00Z'))).toBeNull()
    expect(nextWithin([{ zones: [utc], hours: [] }], at('2026-12-01T00:00:00Z'))).toBeNull()
  })
})
