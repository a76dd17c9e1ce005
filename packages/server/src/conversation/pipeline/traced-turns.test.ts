import { createHash } from 'node:crypto'
import { type SessionEvent, type TraceSpan, turnTraceSchema } from '@hyponema/contract'
import { describe, expect, test, vi } from 'vitest'
import { ProviderError } from '../providers/provider-error.ts'
import { makeContext, newId } from '../test-harness/make-context.ts'
import { handModel } from '../test-harness/scripted-pieces.ts'
import { firstMessage } from './first-message.ts'
import { runTurn } from './run-turn.ts'
import { TurnRecord, type TurnSubject } from './turn-record.ts'

const zone = { name: 'dosage', phrases: ['forbidden dose'], action: 'redirect' as const, line: 'Ask a doctor.' }

function begin(options: {
  document?: Parameters<typeof makeContext>[0]['document']
  subject?: TurnSubject
  variables?: Readonly<Record<string, string>>
}) {
  const model = handModel()
  const { document = {}, variables = {} } = options
  const context = makeContext({ model, document, variables })
  const events: SessionEvent[] = []
  const subject = options.subject ?? { userTurnId: newId(), userText: 'hello' }
  const record = new TurnRecord({ id: newId(), subject, startedAtMs: 0 })
  const controller = new AbortController()
  const emit = async (event: SessionEvent): Promise<boolean> => {
    events.push(event)
    if (event.event === 'token') record.reached(record.said.length)
    return true
  }
  const done = runTurn({ context, record, emit, heardAll: async () => true, signal: controller.signal })
  const spans = (): readonly TraceSpan[] => {
    const { spans: taken } = record.takeTrace()
    return turnTraceSchema.shape.spans.parse(taken)
  }
  return { model, context, record, events, controller, done, spans }
}

type Kind = TraceSpan['kind']
function only<const Wanted extends Kind>(
  spans: readonly TraceSpan[],
  kind: Wanted,
): Extract<TraceSpan, { kind: Wanted }>[] {
  return spans.filter((span): span is Extract<TraceSpan, { kind: Wanted }> => span.kind === kind)
}

describe('the trace of an answer', () => {
  test('names every piece of the prompt by source, trust and hash, in its order, and has none of its words', async () => {
    const { model, done, spans } = begin({
      document: {
        persona: { prompt: 'You are the clinic.', language: 'en' },
        model: { kind: 'openai_compatible', provider: 'vllm', base_url: 'http://127.0.0.1:9/v1', model: 'small' },
        notes: [{ name: 'hours', text: 'We open at nine.' }],
        dynamic_variables: [{ name: 'city' }],
      },
      variables: { city: 'Lisbon' },
    })
    model.say('Good day.')
    model.finish()
    await done
    const [call] = only(spans(), 'model')
    expect(call?.detail).toMatchObject({
      provider: 'vllm',
      model: 'small',
      input_tokens: 3,
      output_tokens: 2,
      finish: 'stop',
      error: null,
      tool_calls: 0,
    })
    const prompt = model.requests[0]?.prompt ?? []
    expect(
      call?.detail.segments.map(({ source, trust, hash, characters }) => ({ source, trust, hash, characters })),
    ).toEqual(
      prompt.map(({ segment: { source, trust, text } }) => ({
        source,
        trust,
        hash: createHash('sha256').update(text).digest('hex'),
        characters: text.length,
      })),
    )
    expect(call?.detail.segments.map(({ source }) => source)).toEqual([
      'persona',
      'platform',
      'variable:city',
      'note:hours',
      'message',
    ])
    expect(call?.detail.first_token_ms).not.toBeNull()
    const text = JSON.stringify(spans())
    for (const words of ['clinic', 'Lisbon', 'nine', 'hello', 'Good day']) expect(text).not.toContain(words)
  })

  test('has a gate below its call, whose decision is an allow', async () => {
    const { model, done, spans } = begin({})
    model.say('Good ')
    model.say('day.')
    model.finish()
    await done
    const [call] = only(spans(), 'model')
    const [gate] = only(spans(), 'gate')
    expect(gate).toMatchObject({
      parent_span_id: call?.span_id,
      status: 'ok',
      detail: { pushed_characters: 9, released_characters: 9, guards: 0 },
    })
    expect(
      only(spans(), 'policy').map(({ parent_span_id: parent, detail: { stage, action } }) => [parent, stage, action]),
    ).toEqual([
      [0, 'input', 'allow'],
      [gate?.span_id, 'output', 'allow'],
    ])
  })

  test('has what a rule withheld at the gate as a decision below it, by its id', async () => {
    const { model, record, done, spans } = begin({ document: { policy: { no_go_zones: [zone] } } })
    model.say('The forbidden dose is ten.')
    model.finish()
    await done
    const [gate] = only(spans(), 'gate')
    expect(gate?.detail.guards).toBe(1)
    expect(gate?.detail.released_characters).toBeLessThan(gate?.detail.pushed_characters ?? 0)
    const [, judged] = only(spans(), 'policy')
    expect(judged).toMatchObject({
      parent_span_id: gate?.span_id,
      status: 'refused',
      detail: { stage: 'output', action: 'replace', rule_ids: ['agent/dosage'] },
    })
    expect(judged?.detail.decision_id).toMatch(/^dec_/)
    expect(record.decisions).toHaveLength(1)
    expect(JSON.stringify(spans())).not.toContain('forbidden')
  })

  test('is cut where the person left, with the spans that were open', async () => {
    const { model, controller, done, spans, events } = begin({})
    model.say('One moment, ')
    await vi.waitFor(() => expect(events.map(({ event }) => event)).toContain('token'), { timeout: 5000 })
    controller.abort(new Error('left'))
    await done
    const byKind = Object.fromEntries(spans().map(({ kind, status }) => [kind === 'policy' ? 'input' : kind, status]))
    expect(byKind).toEqual({ turn: 'cut', input: 'ok', model: 'cut', gate: 'cut' })
    expect(only(spans(), 'model')[0]?.detail).toMatchObject({ output_tokens: 1, finish: null })
  })

  test('has the code of what failed and not a word of the provider', async () => {
    const { model, done, spans } = begin({})
    model.fail(new ProviderError('rate', 'the secret words of the provider'))
    await done
    expect(spans()[0]).toMatchObject({ kind: 'turn', status: 'failed' })
    expect(only(spans(), 'model')[0]).toMatchObject({
      status: 'failed',
      detail: { error: 'provider.rate_limited', finish: null },
    })
    expect(JSON.stringify(spans())).not.toContain('secret')
  })

  test('does not repeat the name that a model made up for a tool', async () => {
    const { model, done, spans } = begin({})
    model.wish('send_all_money', '{"to":"me"}')
    model.finish('tool_calls')
    model.say('Done.')
    model.finish()
    await done
    expect(only(spans(), 'model')[1]?.detail.segments.map(({ source }) => source)).toContain('tool:unknown_tool')
    expect(JSON.stringify(spans())).not.toContain('send_all_money')
  })

  test('shows a message that a rule stopped, and the line that was said for it', async () => {
    const { done, spans } = begin({
      document: { policy: { no_go_zones: [{ ...zone, phrases: ['hello'], stages: ['input'] }] } },
    })
    await done
    expect(spans().map(({ kind, name, status }) => [kind, name, status])).toEqual([
      ['turn', 'turn', 'refused'],
      ['policy', 'input', 'refused'],
      ['gate', 'line', 'ok'],
    ])
  })
})

describe('the trace of a line of the agent', () => {
  test('has the gate that it went through', async () => {
    const document = { persona: { prompt: 'p', first_message: 'Hello there.' } }
    const subject = { line: firstMessage(makeContext({ model: handModel(), document })) }
    const { done, spans } = begin({ document, subject })
    await done
    expect(spans().map(({ kind, parent_span_id: parent, status }) => [kind, parent, status])).toEqual([
      ['turn', null, 'ok'],
      ['gate', 0, 'ok'],
      ['policy', 1, 'ok'],
    ])
    expect(only(spans(), 'gate')[0]?.detail).toEqual({ pushed_characters: 12, released_characters: 12, guards: 0 })
    expect(only(spans(), 'turn')[0]?.detail.spoken_characters).toBe(12)
  })
})
