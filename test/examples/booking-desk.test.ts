/** The booking desk of the examples, asked as an agent or a reader asks it. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Diary } from '../../examples/clinic/diary.ts'
import { clinicFiles } from '../../packages/server/src/commands/clinic-files.ts'
import { DeskProcess } from '../../packages/server/src/commands/desk-process.ts'

const key = 'key-of-the-desk'
/** A Monday. */
const nowMs = Date.parse('2026-03-09T10:00:00Z')

describe('the diary', () => {
  const refused = (wish: Parameters<Diary['book']>[0]) => {
    const booking = new Diary(() => nowMs).book(wish)
    return booking.booked ? booking.slot : booking.refused
  }

  test.each([
    [{ date: '2026-03-08', time: '9:30' }, 'That day is in the past.'],
    [{ date: '2026-03-14', time: '9:30' }, 'The clinic is closed at the weekend.'],
    [{ weekday: 'sunday', time: '9:30' }, 'The clinic is closed at the weekend.'],
    [{ date: '2026-06-08', time: '9:30' }, 'That day is more than 90 days away.'],
    [{ date: '2026-02-30', time: '9:30' }, 'That is not a day.'],
    [{ weekday: 'someday', time: '9:30' }, 'That is not a day.'],
    [{ weekday: 'Tuesday', time: '7:30' }, 'Visits begin between 8:00 and 17:30.'],
    [{ weekday: 'Tuesday', time: '18:00' }, 'Visits begin between 8:00 and 17:30.'],
    [{ weekday: 'Tuesday', time: '9:15' }, 'Visits begin on the hour or the half hour.'],
    [{ weekday: 'Tuesday', time: '25:00' }, 'That is not a time of day.'],
    [{ weekday: 'Tuesday', time: '9:30', doctor: 'Dr. Who' }, 'Our doctors are Dr. Marsh and Dr. Okafor.'],
  ])('refuses %j', (wish, reason) => {
    expect(refused(wish)).toContain(reason)
  })

  test('books what is free once, for each doctor', () => {
    const diary = new Diary(() => nowMs)
    const wish = { weekday: 'Monday', time: '17:30' }
    // Who asks on a Monday for Monday means the next one.
    expect(diary.book(wish)).toEqual({
      booked: true,
      slot: 'Monday, 17:30',
      date: '2026-03-16',
      doctor: 'Dr. Marsh',
      reference: 'RC-101',
    })
    expect(diary.book(wish)).toMatchObject({ booked: false, refused: 'Monday, 17:30 with Dr. Marsh is already taken.' })
    expect(diary.book({ ...wish, doctor: 'Dr. Okafor' })).toMatchObject({ booked: true, reference: 'RC-102' })
    expect(diary.free({ weekday: 'Monday' })).not.toMatchObject({ free: expect.arrayContaining(['17:30']) })
    expect(diary.free({ weekday: 'Tuesday' })).toMatchObject({ free: expect.arrayContaining(['8:00', '17:30']) })
  })
})

describe('the desk', () => {
  const warn = (sentence: string): void => {
    throw new Error(sentence)
  }
  const desk = new DeskProcess({ script: clinicFiles.desk, key, warn })
  let origin: string
  beforeAll(async () => {
    origin = `http://127.0.0.1:${await desk.start(undefined)}`
  })
  afterAll(() => desk.stop())

  const book = async (body: unknown, headers: Readonly<Record<string, string>> = {}) => {
    const response = await fetch(`${origin}/bookings`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })
    const answer: unknown = await response.json()
    return { status: response.status, answer }
  }

  test('does the work of one Idempotency-Key once, and refuses the key for other work', async () => {
    const wish = { weekday: 'Tuesday', time: '9:30' }
    const [first, second] = [await book(wish, { 'idempotency-key': 'a' }), await book(wish, { 'idempotency-key': 'a' })]
    expect(first).toMatchObject({ status: 201, answer: { booked: true } })
    expect(second).toEqual(first)
    expect(await book({ ...wish, time: '10:00' }, { 'idempotency-key': 'a' })).toMatchObject({ status: 409 })
    expect(await book(wish, { 'idempotency-key': 'b' })).toMatchObject({ status: 200, answer: { booked: false } })
  })

  test('keeps sandboxes apart', async () => {
    const wish = { weekday: 'Wednesday', time: '9:30' }
    for (const sandbox of ['one', 'two']) {
      expect(await book(wish, { 'x-sandbox': sandbox })).toMatchObject({ status: 201 })
      expect(await book(wish, { 'x-sandbox': sandbox })).toMatchObject({ status: 200 })
    }
    expect(await book(wish)).toMatchObject({ status: 201 })
  })

  test.each([
    ['half a request', '{"weekday":', 400],
    ['no time', '{"weekday":"Monday"}', 422],
    ['a day twice', '{"weekday":"Monday","date":"2026-03-10","time":"9:30"}', 422],
    ['numbers', '{"weekday":1,"time":930}', 422],
    ['nothing', 'null', 422],
    ['a flood', 'x'.repeat(100_000), 400],
  ])('refuses %s', async (_, body, status) => {
    expect(await book(body)).toMatchObject({ status })
  })

  test.each(['', 'Bearer', `Bearer ${key}x`, `bearer ${key}`, key])('lets nobody in with %j', async (authorization) => {
    expect(await book({ weekday: 'Monday', time: '9:30' }, { authorization })).toMatchObject({ status: 401 })
  })
})
