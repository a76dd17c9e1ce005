import { describe, expect, test } from 'vitest'
import { createSessionTools, type SessionTools } from './create-session-tools.ts'
import { runTool } from './run-tool.ts'

/** A Tuesday. */
const nowMs = Date.parse('2026-03-10T15:00:00Z')

async function book(tools: SessionTools, args: unknown): Promise<unknown> {
  const outcome = await runTool({
    tool: tools.find('book_slot'),
    argumentsJson: JSON.stringify(args),
    context: { nowMs, idempotencyKey: 'one' },
    signal: new AbortController().signal,
  })
  return JSON.parse(outcome.resultJson)
}
const bookOnce = (args: unknown): Promise<unknown> => book(createSessionTools(['book_slot']), args)
const refused = (error: string): object => ({ ok: false, error })

describe('book_slot', () => {
  test('books the next such day, with the first doctor when none is named', async () => {
    expect(await bookOnce({ weekday: 'Thursday', time: '9:30' })).toEqual({
      ok: true,
      slot: 'Thursday, 9:30',
      date: '2026-03-12',
      doctor: 'Dr. Marsh',
      reference: 'RC-101',
    })
  })

  test('today is not the next such day', async () => {
    expect(await bookOnce({ weekday: 'Tuesday', time: '9:30' })).toMatchObject({ date: '2026-03-17' })
  })

  test('books a date', async () => {
    expect(await bookOnce({ date: '2026-03-13', time: '17:30', doctor: 'Dr. Okafor' })).toMatchObject({
      ok: true,
      slot: 'Friday, 17:30',
      doctor: 'Dr. Okafor',
    })
  })

  test('refuses to book twice, whichever way the day is named', async () => {
    const tools = createSessionTools(['book_slot'])
    expect(await book(tools, { weekday: 'Thursday', time: '9:30' })).toMatchObject({ ok: true })
    const taken = refused('Thursday, 9:30 with Dr. Marsh is already taken.')
    expect(await book(tools, { weekday: 'Thursday', time: '9:30' })).toEqual(taken)
    expect(await book(tools, { date: '2026-03-12', time: '09:30' })).toEqual(taken)
    expect(await book(tools, { weekday: 'Thursday', time: '9:30', doctor: 'Dr. Okafor' })).toMatchObject({
      ok: true,
      reference: 'RC-102',
    })
    expect(await book(tools, { date: '2026-03-19', time: '9:30' })).toMatchObject({ ok: true })
  })

  test('two sessions share no calendar', async () => {
    const visit = { weekday: 'Thursday', time: '9:30' }
    expect(await bookOnce(visit)).toMatchObject({ ok: true })
    expect(await bookOnce(visit)).toMatchObject({ ok: true })
  })

  test.each([
    [{ weekday: 'Thursday', time: '25:00' }, 'That is not a time of day.'],
    [{ weekday: 'Thursday', time: '9:75' }, 'That is not a time of day.'],
    [{ weekday: 'Thursday', time: 'soon' }, 'That is not a time of day.'],
    [{ weekday: 'Thursday', time: '-1:00' }, 'That is not a time of day.'],
    [{ weekday: 'Thursday', time: '7:30' }, 'Visits begin between 8:00 and 17:30.'],
    [{ weekday: 'Thursday', time: '18:00' }, 'Visits begin between 8:00 and 17:30.'],
    [{ weekday: 'Thursday', time: '9:10' }, 'Visits begin on the hour or the half hour.'],
    [{ weekday: 'Saturday', time: '9:30' }, 'The clinic is closed at the weekend.'],
    [{ date: '2026-03-15', time: '9:30' }, 'The clinic is closed at the weekend.'],
    [{ date: '2026-03-09', time: '9:30' }, 'That day is in the past.'],
    [{ date: '2027-03-09', time: '9:30' }, 'That day is more than 90 days away.'],
  ])('refuses %j', async (args, error) => {
    expect(await bookOnce(args)).toEqual(refused(error))
  })

  test.each([
    [{ time: '9:30' }],
    [{ weekday: 'Thursday', date: '2026-03-12', time: '9:30' }],
    [{ weekday: 'thursday', time: '9:30' }],
    [{ date: '2026-02-30', time: '9:30' }],
    [{ weekday: 'Thursday' }],
    [{ weekday: 'Thursday', time: '9:30', doctor: 'Dr. Who' }],
    [{ weekday: 'Thursday', time: '9:30', price: 0 }],
  ])('does not take the arguments %j', async (args) => {
    expect(JSON.stringify(await bookOnce(args))).toMatch(/^\{"ok":false,"error":"The arguments do not fit/)
  })

  test('an agent without the tool has none, whatever name the model says', () => {
    expect(createSessionTools([]).find('book_slot')).toBeUndefined()
    expect(createSessionTools(['book_slot']).find('constructor')).toBeUndefined()
    expect(createSessionTools(['book_slot']).offered.map((tool) => tool.name)).toEqual(['book_slot'])
  })

  test('the next of any weekday is within a week, at the end of a day and of a year too', async () => {
    const tools = createSessionTools(['book_slot'])
    const outcome = await runTool({
      tool: tools.find('book_slot'),
      argumentsJson: '{"weekday":"Friday","time":"8:00"}',
      context: { nowMs: Date.parse('2026-12-31T23:59:59.999Z'), idempotencyKey: 'one' },
      signal: new AbortController().signal,
    })
    expect(JSON.parse(outcome.resultJson)).toMatchObject({ date: '2027-01-01', slot: 'Friday, 8:00' })
  })
})
