import { type SessionEventName, sessionEventSchemas } from '@hyponema/contract'
import { describe, expect, test } from 'vitest'
import { parseSessionEvent } from './parse-session-event.ts'

const turn_id = 'trn_01jd3v7t6zf3m8k2x9w4c5b6n7'
const examples: { readonly [Name in SessionEventName]: Readonly<Record<string, unknown>> } = {
  turn_start: { turn_id, role: 'agent' },
  token: { turn_id, text: 'Hello' },
  tool_call: { turn_id, call_id: 'call_1', name: 'book_slot' },
  tool_result: { turn_id, call_id: 'call_1', name: 'book_slot', status: 'ok' },
  guard: {
    turn_id,
    decision_id: 'dec_01jd3v7t6zf3m8k2x9w4c5b6n7',
    stage: 'output',
    action: 'replace',
    zone: 'medical dosage',
    rule_id: 'dosage',
    engine_ms: 0.31,
    characters_heard: 0,
  },
  escalation: { state: 'with_person' },
  turn_end: { turn_id, status: 'complete', session_status: 'in_progress' },
  error: { code: 'provider.timeout', title: 'The provider took too long', retryable: true, request_id: 'req_1' },
}
const names = Object.keys(examples).filter((name): name is SessionEventName => name in sessionEventSchemas)

describe.each(names)('the event %s', (name) => {
  test('is read as the contract writes it', () => {
    expect(sessionEventSchemas[name].safeParse(examples[name]).error).toBeUndefined()
    expect(parseSessionEvent(name, JSON.stringify(examples[name]))).toEqual({ event: name, data: examples[name] })
  })

  test('is refused without any one of the fields that the contract requires', () => {
    for (const field of Object.keys(examples[name])) {
      const lacking = Object.fromEntries(Object.entries(examples[name]).filter(([other]) => other !== field))
      expect(sessionEventSchemas[name].safeParse(lacking).success, field).toBe(false)
      expect(parseSessionEvent(name, JSON.stringify(lacking)), field).toBeUndefined()
    }
  })

  test('is read with a field that a newer server added', () => {
    const data = { ...examples[name], added_later: 1 }
    expect(parseSessionEvent(name, JSON.stringify(data))).toEqual({ event: name, data })
  })
})

test('reads what a visible tool was asked and answered, and nothing there that is no text', () => {
  const call = examples.tool_call
  for (const [name, field] of [
    ['tool_call', 'arguments'],
    ['tool_result', 'result'],
  ] as const) {
    const data = { ...examples[name], [field]: '{"day":"Tuesday"}' }
    expect(parseSessionEvent(name, JSON.stringify(data))).toEqual({ event: name, data })
    for (const wrong of [1, null, { toString: 'x' }, ['<b>']]) {
      expect(parseSessionEvent(name, JSON.stringify({ ...examples[name], [field]: wrong }))).toBeUndefined()
    }
  }
  expect(parseSessionEvent('tool_call', JSON.stringify(call))).toEqual({ event: 'tool_call', data: call })
})

test.each(['', '{', 'null', '[]', '"text"', '{"__proto__":{"turn_id":"x","text":"y"}}'])(
  'refuses the data %s',
  (data) => {
    expect(parseSessionEvent('token', data)).toBeUndefined()
  },
)

test.each(['message', 'toString', '__proto__', 'TOKEN', ''])('ignores the unknown event "%s"', (name) => {
  expect(parseSessionEvent(name, JSON.stringify(examples.token))).toBeUndefined()
})
