import type { SessionEvent } from '@hyponema/contract'
import { describe, expect, test } from 'vitest'
import { makeContext, newId } from '../test-harness/make-context.ts'
import { handModel } from '../test-harness/scripted-pieces.ts'
import { runTurn } from './run-turn.ts'
import { TurnRecord } from './turn-record.ts'

function begin(document: Parameters<typeof makeContext>[0]['document'] = {}) {
  const model = handModel()
  const context = makeContext({ model, document })
  const events: SessionEvent[] = []
  const record = new TurnRecord({ id: newId(), subject: { userTurnId: newId(), userText: 'hello' }, startedAtMs: 0 })
  const emit = async (event: SessionEvent): Promise<boolean> => {
    events.push(event)
    if (event.event === 'token') record.reached(record.said.length)
    return true
  }
  const { signal } = new AbortController()
  const done = runTurn({ context, record, emit, heardAll: async () => true, signal })
  return { model, context, events, record, done }
}

describe('an answer that a limit of length ended', () => {
  test.each([
    ['Take two table', 'Take two '],
    ['One. Two. Thr', 'One. Two. '],
    ['One. Two.', 'One. Two.'],
    ['and on and on ', 'and on and on '],
    ['予約できま', '予約でき'],
    ['Unfinish', ''],
  ])('is cut, and of %j stays %j', async (said, kept) => {
    const { model, context, record, done } = begin()
    model.say(said)
    model.finish('length')
    expect(await done).toBeUndefined()
    expect(record.status).toBe('cut')
    expect(said.startsWith(record.heard)).toBe(true)
    expect(record.heard).toBe(kept)
    const last = context.history.at(-1)
    expect(last?.kind === 'reply' ? last.segment.text : '').toBe(kept)
  })

  test('is cut where nothing was said yet, too: a model that only thought', async () => {
    const { model, record, done } = begin()
    model.finish('length')
    expect(await done).toBeUndefined()
    expect([record.status, record.heard]).toEqual(['cut', ''])
  })

  test('stays blocked where a rule had stopped it', async () => {
    const zone = { name: 'dosage', phrases: ['forbidden dose'], action: 'block' as const, line: 'Ask a doctor.' }
    const { model, record, done } = begin({ policy: { no_go_zones: [zone] } })
    model.say('The forbidden dose')
    model.finish('length')
    expect(await done).toBeUndefined()
    expect([record.status, record.heard]).toEqual(['blocked', 'The Ask a doctor.'])
  })
})

describe('an answer that is none', () => {
  test.each([[], [''], ['\n', ' ']])('is an error, not silence, when the model says %j', async (...said: string[]) => {
    const { model, record, done } = begin()
    for (const piece of said) model.say(piece)
    model.finish()
    expect(await done).toMatchObject({ code: 'provider.unavailable' })
    expect(record.status).toBe('cut')
  })

  test.each([[''], ['Half of ']])('is an error when a filter of the provider ended it after %j', async (said) => {
    const { model, record, done } = begin()
    model.say(said)
    model.finish('content_filter')
    expect(await done).toMatchObject({ code: 'provider.answer_withheld' })
    expect(record.status).toBe('cut')
  })

  test('is none when a tool ran and no word was said at all', async () => {
    const { model, record, done } = begin()
    model.wish('book_slot', '{"weekday":"Tuesday","time":"9:30"}')
    model.finish('tool_calls')
    model.finish()
    expect(await done).toMatchObject({ code: 'provider.unavailable' })
    expect(record.toolCalls).toHaveLength(1)
  })

  test('is an answer when the words stood before the tool', async () => {
    const { model, record, done } = begin()
    model.say('I book it.')
    model.wish('book_slot', '{"weekday":"Tuesday","time":"9:30"}')
    model.finish('tool_calls')
    model.finish()
    expect(await done).toBeUndefined()
    expect([record.status, record.heard]).toEqual(['complete', 'I book it.'])
  })

  test('is no error when the guard took all of it: the client was told', async () => {
    const zone = { name: 'dosage', phrases: ['forbidden dose'], action: 'end' as const }
    const { model, events, done } = begin({ policy: { no_go_zones: [zone] } })
    model.say('forbidden dose')
    model.finish()
    expect(await done).toBeUndefined()
    expect(events.map(({ event }) => event)).toEqual(['turn_start', 'guard'])
  })
})
