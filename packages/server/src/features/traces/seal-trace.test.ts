import type { TraceSpan } from '@hyponema/contract'
import { describe, expect, test } from 'vitest'
import type { UserContentKey } from '../../guards/content-keys.ts'
import { systemClock } from '../../kernel/clock.ts'
import { idMaker } from '../../kernel/new-id.ts'
import { randomSecret } from '../../platform/crypto/random-secret.ts'
import { openContent, sealContent } from '../../platform/crypto/sealed-content.ts'
import { openTrace, sealTrace } from './seal-trace.ts'

const newId = idMaker(systemClock)

function makeKey(): UserContentKey {
  const secret = randomSecret()
  const owner = { workspaceId: newId(), ownerId: newId() }
  return {
    seal: (place, text) => sealContent(secret, { ...place, ...owner }, text),
    open: (place, sealed, purpose) => openContent(secret, { ...place, ...owner }, sealed, purpose),
    destroy: () => secret.destroy(),
  }
}

const gate = (id: number, name = 'gate'): TraceSpan => ({
  kind: 'gate',
  span_id: id,
  parent_span_id: id === 0 ? null : 0,
  name,
  started_ms: 1,
  duration_ms: 2,
  status: 'ok',
  detail: { pushed_characters: 1, released_characters: 1, guards: 0 },
})

describe('a sealed trace', () => {
  test('comes back as it was, under the key and of the turn that it was sealed for', () => {
    const key = makeKey()
    const turnId = newId()
    const trace = { startedAtMs: 1_700_000_000_000, spans: [gate(0), gate(1)], dropped: 2 }
    const sealed = sealTrace(key, turnId, trace)
    expect(openTrace(key, turnId, sealed, 'review')).toEqual(trace)
    expect(() => openTrace(key, newId(), sealed, 'review')).toThrow('does not open')
    expect(() => openTrace(makeKey(), turnId, sealed, 'review')).toThrow('does not open')
  })

  test('that would be too long loses its end, and says how much', () => {
    const key = makeKey()
    const turnId = newId()
    const spans = Array.from({ length: 600 }, (_, id) => gate(id, 'x'.repeat(2000)))
    const sealed = sealTrace(key, turnId, { startedAtMs: 0, spans, dropped: 1 })
    expect(sealed.length).toBeLessThan(600_000)
    const opened = openTrace(key, turnId, sealed, 'review')
    expect(opened.spans.length).toBeGreaterThan(200)
    expect(opened.spans.length + opened.dropped).toBe(601)
    expect(opened.spans[0]).toEqual(spans[0])
  })

  test('that would be too long keeps what tools did, wherever it stands', () => {
    const key = makeKey()
    const turnId = newId()
    const detail = {
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
    const tool: TraceSpan = { ...gate(600, 'pay'), kind: 'tool', detail }
    const spans = [...Array.from({ length: 600 }, (_, id) => gate(id, 'x'.repeat(2000))), tool]
    const opened = openTrace(key, turnId, sealTrace(key, turnId, { startedAtMs: 0, spans, dropped: 0 }), 'review')
    expect(opened.spans.at(-1)).toEqual(tool)
    expect(opened.spans.length + opened.dropped).toBe(601)
  })

  test('has a span that nobody understands left out, and the others told', () => {
    const key = makeKey()
    const turnId = newId()
    const place = { table: 'turn_traces', column: 'content', rowId: turnId }
    const text = JSON.stringify({ started_at: 5, dropped_spans: 0, spans: [gate(0), { kind: 'dream' }] })
    expect(openTrace(key, turnId, key.seal(place, text), 'review')).toEqual({
      startedAtMs: 5,
      spans: [gate(0)],
      dropped: 1,
    })
  })
})
