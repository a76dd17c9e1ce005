import { type SessionEvent, sessionEventSchemas } from '@hyponema/contract'
import { describe, expect, test, vi } from 'vitest'
import { makeContext, newId } from '../test-harness/make-context.ts'
import { handModel } from '../test-harness/scripted-pieces.ts'
import { runTurn } from './run-turn.ts'
import { TurnRecord } from './turn-record.ts'

const zone = { name: 'dosage', label: 'medical dosage', phrases: ['forbidden dose'], line: 'Ask a doctor.' }
const wish = '{"weekday":"Tuesday","time":"forbidden dose"}'

function begin(options: { text?: string; document?: Parameters<typeof makeContext>[0]['document'] }) {
  const model = handModel()
  const context = makeContext({ model, document: options.document ?? {} })
  const events: SessionEvent[] = []
  const record = new TurnRecord({
    id: newId(),
    subject: { userTurnId: newId(), userText: options.text ?? 'hello' },
    startedAtMs: 0,
  })
  const emit = async (event: SessionEvent): Promise<boolean> => {
    events.push(event)
    if (event.event === 'token') record.reached(record.said.length)
    return true
  }
  const { signal } = new AbortController()
  const run = () => runTurn({ context, record, emit, heardAll: async () => true, signal })
  const guards = () => events.flatMap((event) => (event.event === 'guard' ? [event.data] : []))
  return { model, context, events, record, run, guards }
}

describe('the client is told where the guard stepped in', () => {
  test.each([
    ['redirect', 'replace'],
    ['block', 'replace'],
    ['escalate', 'escalate'],
    ['end', 'end'],
  ] as const)('at its own message, which the rule would %s', async (action, told) => {
    const policy = { no_go_zones: [{ ...zone, action, stages: ['input' as const] }] }
    const { events, record, run, guards } = begin({ text: 'The forbidden dose?', document: { policy } })
    await run()
    expect(events.map(({ event }) => event)).toEqual(['turn_start', 'guard', 'token'])
    expect(guards()).toMatchObject([
      { stage: 'input', action: told, zone: 'medical dosage', rule_id: 'agent/dosage', characters_heard: 0 },
    ])
    expect(sessionEventSchemas.guard.safeParse(guards()[0]).success).toBe(true)
    expect(record.decisions[0]?.decision.stage).toBe('input')
    expect(record.guardCount).toBe(1)
  })

  test.each([
    ['block', 'deny'],
    ['end', 'end'],
    ['escalate', 'escalate'],
  ] as const)('at a tool call, which the rule would %s', async (action, told) => {
    const policy = { no_go_zones: [{ ...zone, action, stages: ['tool_call' as const] }] }
    const { model, events, run, guards } = begin({ document: { policy } })
    const done = run()
    model.wish('book_slot', wish)
    model.finish('tool_calls')
    model.say('I may not.')
    model.finish()
    await done
    expect(events.map(({ event }) => event).slice(0, 4)).toEqual(['turn_start', 'tool_call', 'guard', 'tool_result'])
    expect(guards()).toMatchObject([{ stage: 'tool_call', action: told, zone: 'medical dosage', characters_heard: 0 }])
    expect(JSON.stringify(events)).not.toContain('forbidden')
  })

  test('at what a tool answered and at a note, which are denied whatever the words for it', async () => {
    const { model, context, run, guards } = begin({
      document: {
        model: { kind: 'openai_compatible', provider: 'custom', base_url: 'http://127.0.0.1:9/v1', model: 'm' },
        notes: [{ name: 'hours', text: 'Open at nine.' }],
      },
    })
    const { decision } = context.gate.decideInput('hello')
    vi.spyOn(context.gate, 'decideRetrieval').mockReturnValue({
      decision: { ...decision, stage: 'retrieval', action: 'deny' },
      engineUs: 1500,
    })
    vi.spyOn(context.gate, 'decideToolResult').mockReturnValue({
      decision: { ...decision, stage: 'tool_result', action: 'redact' },
      engineUs: 1,
    })
    const done = run()
    model.wish('book_slot', '{"weekday":"Tuesday","time":"9:30"}')
    model.finish('tool_calls')
    model.say('Well.')
    model.finish()
    await done
    expect(guards()).toMatchObject([
      { stage: 'retrieval', action: 'deny', zone: 'safety check', engine_ms: 1.5 },
      { stage: 'tool_result', action: 'deny', zone: 'safety check' },
    ])
  })

  test('at a note that a script looked up, before the words that stand in its place', async () => {
    const { model, context, events, record } = begin({})
    const { decision } = context.gate.decideInput('hello')
    const kept = [
      {
        id: newId(),
        decision: { ...decision, stage: 'retrieval', action: 'deny' } as const,
        engineUs: 1,
        blockedText: 'x',
        charactersHeard: 0,
      },
    ]
    const done = runTurn({
      context: { ...context, takeKeptDecisions: () => kept.splice(0) },
      record,
      emit: async (event) => {
        events.push(event)
        return true
      },
      heardAll: async () => true,
      signal: new AbortController().signal,
    })
    model.say('I do not know.')
    model.finish()
    await done
    expect(events.map(({ event }) => event).slice(0, 3)).toEqual(['turn_start', 'guard', 'token'])
    expect(record.decisions).toHaveLength(1)
  })

  test('and not where something was only noted, or decided in the shadow', async () => {
    const { model, context, run, guards, record } = begin({})
    const { decision } = context.gate.decideInput('hello')
    vi.spyOn(context.gate, 'decideInput').mockReturnValue({
      decision: { ...decision, action: 'annotate' },
      engineUs: 1,
      stopsTurn: false,
      lines: [],
    })
    const done = run()
    model.say('Yes.')
    model.finish()
    await done
    expect([guards(), record.decisions.length, record.guardCount]).toEqual([[], 1, 0])
    expect(context.gate.markOf({ ...decision, action: 'end', mode: 'shadow' })).toBeUndefined()
  })
})

describe('a rule that asks for a person', () => {
  test('has the escalation stage decide so, once, and keeps the rule that asked', async () => {
    const policy = { no_go_zones: [{ ...zone, action: 'escalate' as const }] }
    const { model, record, run } = begin({ document: { policy } })
    const done = run()
    model.say('The forbidden dose is high.')
    await done
    expect(record.decisions.map(({ decision: { stage, action } }) => `${stage} ${action}`)).toEqual([
      'output escalate',
      'escalation escalate',
    ])
    const [, escalation] = record.decisions
    expect(escalation?.decision).toMatchObject({
      obligations: [{ kind: 'queue', ruleId: 'agent/dosage' }],
      matches: [{ ruleId: 'agent/dosage' }],
    })
    expect(escalation?.blockedText).toBeNull()
  })
})
