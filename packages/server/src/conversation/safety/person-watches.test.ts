/** What watches over the turns know of a person, through the turns of a session with a model that speaks when the test says so. */
import type { SessionEvent } from '@hyponema/contract'
import { describe, expect, test } from 'vitest'
import { isTickDue } from '../pipeline/is-tick-due.ts'
import { runTurn } from '../pipeline/run-turn.ts'
import { TurnRecord, type TurnSubject } from '../pipeline/turn-record.ts'
import { makeContext, newId } from '../test-harness/make-context.ts'
import { handModel } from '../test-harness/scripted-pieces.ts'
import { FatigueWatch } from './fatigue-watch.ts'
import { talkToday } from './talk-today.ts'
import { TopicWatch } from './topic-watch.ts'

const minuteMs = 60_000
const silentLine = { text: '', source: 'idle_line', trust: 'operator' } as const

function open(policy: object, { earlierMinutes = 0 }: { earlierMinutes?: number } = {}) {
  let nowMs = Date.UTC(2026, 10, 30, 12)
  const clock = { nowMs: () => nowMs }
  const model = handModel()
  const context = makeContext({
    model,
    clock,
    document: { policy },
    watches: (compiled) => [
      new FatigueWatch({
        clock,
        newId,
        channel: 'voice',
        userZone: undefined,
        zonesAt: () => [],
        language: () => 'de',
        earlierSessions: earlierMinutes === 0 ? [] : [{ startMs: nowMs - earlierMinutes * minuteMs, endMs: nowMs }],
      }),
      new TopicWatch({ policy: () => compiled, shadow: undefined, userId: newId(), resting: [], clock, newId }),
    ],
  })
  const run = async (subject: TurnSubject): Promise<TurnRecord> => {
    const record = new TurnRecord({
      id: newId(),
      subject,
      startedAtMs: nowMs,
      onKept: (kept) => context.safety.decided(kept),
    })
    const emit = async (event: SessionEvent): Promise<boolean> => {
      if (event.event === 'token') record.reached(record.said.length)
      return true
    }
    const done = runTurn({ context, record, emit, heardAll: async () => true, signal: new AbortController().signal })
    if (!('line' in subject)) model.finish()
    await done
    context.safety.written()
    return record
  }
  return {
    context,
    model,
    pass: (minutes: number): void => {
      nowMs += minutes * minuteMs
    },
    hear: (userText: string) => run({ userTurnId: newId(), userText }),
    tick: () => run({ line: silentLine }),
  }
}

/** What the model was told as instruction at its latest request. */
const instructions = ({ model }: ReturnType<typeof open>): string =>
  (model.requests.at(-1)?.prompt ?? [])
    .filter(({ kind }) => kind === 'instruction')
    .map(({ segment }) => segment.text)
    .join('\n')

describe('while nobody speaks', () => {
  test('a line that is due is said once, in the language of the session, and the silence is left alone until then', async () => {
    const session = open({})
    session.pass(179)
    expect(isTickDue(session.context)).toBe(false)
    session.pass(1)
    expect(isTickDue(session.context)).toBe(true)
    const record = await session.tick()
    expect(record.heard).toBe('Zur Erinnerung: Sie sprechen mit einer KI, nicht mit einem Menschen.')
    expect([record.status, record.endsSession]).toEqual(['complete', false])
    expect(isTickDue(session.context)).toBe(false)
    session.pass(180)
    expect(isTickDue(session.context)).toBe(true)
  })

  test('what was said before midnight is said again as long after it, although the talk of today begins anew', async () => {
    const session = open({}, { earlierMinutes: 300 })
    await session.tick()
    session.pass(179)
    expect(isTickDue(session.context)).toBe(false)
    session.pass(1)
    await session.tick()
    // Until after midnight: noon and eleven hours, then thirteen.
    session.pass(180)
    await session.tick()
    session.pass(179)
    expect(isTickDue(session.context)).toBe(false)
    session.pass(1)
    expect(isTickDue(session.context)).toBe(true)
    await session.tick()
    session.pass(180)
    expect(isTickDue(session.context)).toBe(true)
  })

  test('what an earlier session of the day has talked counts', () => {
    expect(isTickDue(open({}, { earlierMinutes: 181 }).context)).toBe(true)
  })

  test('the end of what winds down comes without a word of the person', async () => {
    const thresholds = [{ score: 0.1, response: 'wind_down', line: 'Bald ist Schluss.' }]
    const session = open({ fatigue: { thresholds, wind_down_minutes: 2 } })
    expect((await session.hear('ich bin müde')).heard).toContain('Bald ist Schluss.')
    expect(isTickDue(session.context)).toBe(false)
    session.pass(2)
    expect(isTickDue(session.context)).toBe(true)
    const record = await session.tick()
    expect([record.heard.trim(), record.endsSession]).toEqual(['Ich beende unser Gespräch hier. Alles Gute.', true])
  })

  test('to soften is nothing to say: it waits for the next turn, and then the model is told', async () => {
    const session = open({ fatigue: { thresholds: [{ score: 0.1, response: 'soften' }] } })
    await session.hear('hello there')
    expect(instructions(session)).not.toContain('tired')
    await session.hear("I'm so tired")
    expect(isTickDue(session.context)).toBe(false)
    expect(instructions(session)).toContain('The person seems tired.')
  })
})

describe('a topic that rests', () => {
  const topic = { name: 'ex', label: 'the former partner', phrases: ['Robin'], follow_turns: 1, line: 'Not that.' }

  test('is named to the model by its label, from the very turn on that begins it', async () => {
    const session = open({ topic_cooldowns: [topic] })
    await session.hear('hello')
    expect(instructions(session)).not.toContain('former partner')
    await session.hear("let's not talk about Robin")
    expect(instructions(session)).toContain('the former partner')
    expect(instructions(session)).not.toContain('Robin')
  })

  test('may be followed in the turn in which the user raises it, and not in the next', async () => {
    const session = open({ topic_cooldowns: [topic] })
    await session.hear("let's not talk about Robin")
    await session.hear('Well, Robin called.')
    expect(instructions(session)).not.toContain('former partner')
    await session.hear('And now the weather?')
    expect(instructions(session)).toContain('the former partner')
  })
})

describe('talk of today', () => {
  const day = { dayStartMs: 100 * minuteMs, nowMs: 200 * minuteMs }

  test('counts what lies in the day, two sessions at once as one time, and what goes on until now', () => {
    const times = [
      { startMs: 0, endMs: 50 * minuteMs },
      { startMs: 90 * minuteMs, endMs: 110 * minuteMs },
      { startMs: 105 * minuteMs, endMs: 120 * minuteMs },
      { startMs: 190 * minuteMs, endMs: undefined },
    ]
    expect(talkToday(times, day)).toEqual({ minutes: 30, sessions: 3 })
    expect(talkToday([], day)).toEqual({ minutes: 0, sessions: 0 })
  })
})
