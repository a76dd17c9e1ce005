import { turnTraceSchema } from '@hyponema/contract'
import { describe, expect, test } from 'vitest'
import { TurnTrace } from './turn-trace.ts'

function begin() {
  let nowMs = 100
  const trace = new TurnTrace(() => nowMs)
  return {
    trace,
    pass: (ms: number) => {
      nowMs += ms
    },
    spans: () => trace.take({ role: 'agent', spoken_characters: 0 }, 'ok').spans,
  }
}

const gateDetail = { pushed_characters: 1, released_characters: 1, guards: 0 }
const policyDetail = { stage: 'input', action: 'allow', rule_ids: [], decision_id: null, engine_us: 1 } as const

const toolDetail = {
  call_id: 'call_1',
  name: 'pay',
  tool_kind: 'http',
  reason: null,
  attempts: 1,
  status_code: 200,
  answer_bytes: 2,
  waiting_line: false,
  problem: null,
} as const

describe('the trace of a turn', () => {
  test('is a tree in the order in which its spans began, with times since the turn began', () => {
    const { trace, pass, spans } = begin()
    pass(5)
    const outer = trace.begin('gate', { name: 'outer' })
    pass(2)
    trace.add('policy', { name: 'input', parent: outer.id, detail: { ...policyDetail, rule_ids: [] } })
    pass(3)
    outer.end(gateDetail)
    expect(
      spans().map(({ span_id, parent_span_id, name, started_ms, duration_ms, status }) => ({
        span_id,
        parent_span_id,
        name,
        started_ms,
        duration_ms,
        status,
      })),
    ).toEqual([
      { span_id: 0, parent_span_id: null, name: 'turn', started_ms: 0, duration_ms: 10, status: 'ok' },
      { span_id: 1, parent_span_id: 0, name: 'outer', started_ms: 5, duration_ms: 5, status: 'ok' },
      { span_id: 2, parent_span_id: 1, name: 'input', started_ms: 7, duration_ms: 0, status: 'ok' },
    ])
  })

  test('has cut what is open when the turn is over, and the first end of a span counts', () => {
    const { trace, spans } = begin()
    const ended = trace.begin('gate', { name: 'ended', detailIfCut: () => gateDetail })
    ended.end(gateDetail, 'refused')
    ended.end(gateDetail, 'ok')
    trace.begin('gate', { name: 'open', detailIfCut: () => gateDetail })
    expect(spans().map(({ name, status }) => [name, status])).toEqual([
      ['turn', 'ok'],
      ['ended', 'refused'],
      ['open', 'cut'],
    ])
  })

  test('has no span below one that it does not have', () => {
    const { trace, spans } = begin()
    const lost = trace.begin('gate', { name: 'lost' })
    trace.add('policy', { name: 'input', parent: lost.id, detail: { ...policyDetail, rule_ids: [] } })
    expect(spans().map(({ name, parent_span_id: parent }) => [name, parent])).toEqual([
      ['turn', null],
      ['input', 0],
    ])
  })

  test('has the calls of tools though hundreds of other spans came before them', () => {
    const { trace } = begin()
    for (let count = 0; count < 510; count += 1)
      trace.add('policy', { name: 'output', detail: { ...policyDetail, rule_ids: [] } })
    const call = trace.begin('tool', { name: 'pay', detailIfCut: () => toolDetail })
    call.end(toolDetail)
    const { spans } = trace.take({ role: 'agent', spoken_characters: 0 }, 'ok')
    expect(spans.at(-1)).toMatchObject({ kind: 'tool', name: 'pay' })
    expect(turnTraceSchema.shape.spans.safeParse(spans).success).toBe(true)
  })

  test('ends at 500 spans and says how many were one too many', () => {
    const { trace } = begin()
    for (let count = 0; count < 510; count += 1)
      trace.add('policy', { name: 'input', detail: { ...policyDetail, rule_ids: [] } })
    const over = trace.begin('gate', { name: 'over', detailIfCut: () => gateDetail })
    over.end(gateDetail)
    expect(over.id).toBe(0)
    const { spans, dropped } = trace.take({ role: 'agent', spoken_characters: 0 }, 'ok')
    expect([spans.length, dropped]).toEqual([501, 11])
    expect(turnTraceSchema.shape.spans.safeParse(spans).success).toBe(true)
  })
})
