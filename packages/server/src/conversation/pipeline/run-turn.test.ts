import type { SessionEvent } from '@hyponema/contract'
import { describe, expect, test, vi } from 'vitest'
import { AppError } from '../../kernel/app-error.ts'
import { makeContext, newId } from '../test-harness/make-context.ts'
import { handModel } from '../test-harness/scripted-pieces.ts'
import { firstMessage } from './first-message.ts'
import { runTurn } from './run-turn.ts'
import { TurnRecord } from './turn-record.ts'

const zone = {
  name: 'dosage',
  phrases: ['forbidden dose'],
  action: 'redirect' as const,
  line: 'Ask a doctor.',
}

function begin(options: { text?: string; document?: Parameters<typeof makeContext>[0]['document'] } = {}) {
  const model = handModel()
  const context = makeContext({ model, ...(options.document === undefined ? {} : { document: options.document }) })
  const events: SessionEvent[] = []
  const controller = new AbortController()
  const turn = (text: string | undefined) => {
    const record = new TurnRecord({
      id: newId(),
      subject: text === undefined ? { line: firstMessage(context) } : { userTurnId: newId(), userText: text },
      startedAtMs: context.clock.nowMs(),
    })
    const emit = async (event: SessionEvent): Promise<boolean> => {
      events.push(event)
      if (event.event === 'token') record.reached(record.said.length)
      return true
    }
    const heardAll = async (): Promise<boolean> => true
    return { record, done: runTurn({ context, record, emit, heardAll, signal: controller.signal }) }
  }
  return { model, context, events, controller, turn }
}

const spoken = (parts: readonly { kind: string; segment: { text: string } }[]) =>
  parts
    .filter(({ kind }) => kind === 'user_message' || kind === 'reply')
    .map(({ kind, segment }) => [kind, segment.text])

describe('a turn', () => {
  test('remembers what was said on both sides, for the next prompt', async () => {
    const { model, context, turn } = begin()
    const first = turn('hello')
    model.say('Good day.')
    model.finish()
    expect(await first.done).toBeUndefined()
    const second = turn('again')
    model.finish()
    await second.done
    expect(spoken(model.requests[1]?.prompt ?? [])).toEqual([
      ['user_message', 'hello'],
      ['reply', 'Good day.'],
      ['user_message', 'again'],
    ])
    expect(context.history).toHaveLength(3)
  })

  test('a model that fails cuts the turn, and what was cleared by then stays', async () => {
    const { model, context, turn } = begin()
    const { record, done } = turn('hello')
    model.say('Half of it ')
    model.fail(new AppError('provider.timeout', 'too slow'))
    expect(await done).toMatchObject({ code: 'provider.timeout' })
    expect([record.status, record.heard]).toEqual(['cut', expect.stringMatching(/^Half of/)])
    expect(spoken(context.history)).toEqual([
      ['user_message', 'hello'],
      ['reply', record.heard],
    ])
  })

  test('an error that is nobody’s becomes ours, without its words', async () => {
    const { model, turn } = begin()
    const { done } = turn('hello')
    model.fail(new TypeError('secret inner words'))
    const failure = await done
    expect(failure).toMatchObject({ code: 'server.internal', message: 'the turn failed' })
  })

  test('an abort is no failure: the turn is cut', async () => {
    const { model, turn, controller } = begin()
    const { record, done } = turn('hello')
    model.say('One moment ')
    await expect.poll(() => record.heard).not.toBe('')
    controller.abort(new AppError('session.not_live', 'ended'))
    expect(await done).toBeUndefined()
    expect(record.status).toBe('cut')
  })

  test('what is on its way counts as heard when it has come, and the turn waits for it', async () => {
    const { model, context } = begin()
    const record = new TurnRecord({ id: newId(), subject: { userTurnId: newId(), userText: 'hi' }, startedAtMs: 0 })
    const arrival = Promise.withResolvers<boolean>()
    const done = runTurn({
      context,
      record,
      emit: async () => true,
      heardAll: () => arrival.promise,
      signal: new AbortController().signal,
    })
    model.say('First. Second.')
    model.finish()
    await expect.poll(() => record.said).toBe('First. Second.')
    expect([record.heard, context.history]).toEqual(['', []])
    record.reached(record.said.length)
    arrival.resolve(true)
    await done
    expect([record.status, record.heard]).toEqual(['complete', 'First. Second.'])
    expect(spoken(context.history).at(-1)).toEqual(['reply', 'First. Second.'])
  })

  test('what never comes is cut off, back to a word, and is not history', async () => {
    const { model, context } = begin()
    const record = new TurnRecord({ id: newId(), subject: { userTurnId: newId(), userText: 'hi' }, startedAtMs: 0 })
    const done = runTurn({
      context,
      record,
      emit: async () => true,
      heardAll: async () => {
        record.reached('First. Sec'.length)
        return false
      },
      signal: new AbortController().signal,
    })
    model.say('First. Second.')
    model.finish()
    expect(await done).toBeUndefined()
    expect([record.status, record.heard]).toEqual(['cut', 'First. '])
    expect(spoken(context.history).at(-1)).toEqual(['reply', 'First. '])
  })

  test('the model of the same turn reads what was said before its tool, though it is still on its way', async () => {
    const { model, context } = begin()
    const record = new TurnRecord({ id: newId(), subject: { userTurnId: newId(), userText: 'book' }, startedAtMs: 0 })
    const { signal } = new AbortController()
    const done = runTurn({ context, record, emit: async () => true, heardAll: async () => true, signal })
    model.say('One moment.')
    model.wish('book_slot', '{"weekday":"Tuesday","time":"9:30"}')
    model.finish()
    model.finish()
    await done
    expect(model.requests[1]?.prompt.at(-2)).toMatchObject({ kind: 'reply', segment: { text: 'One moment.' } })
  })

  test('two utterances around a tool are apart by a space', async () => {
    const { model, turn } = begin()
    const { record, done } = turn('book')
    model.say('One moment.')
    model.wish('book_slot', '{"weekday":"Tuesday","time":"9:30"}')
    model.finish()
    model.say('Done.')
    model.finish()
    await done
    expect(record.heard).toBe('One moment. Done.')
    expect([record.inputTokens, record.outputTokens]).toEqual([6, 4])
  })

  test('the model reads its own call and the answer again, in their order', async () => {
    const { model, turn } = begin()
    const { done } = turn('book')
    model.say('One moment.')
    model.wish('book_slot', '{"weekday":"Tuesday","time":"9:30"}')
    model.finish()
    model.finish()
    await done
    const [message, reply, result] = model.requests[1]?.prompt.slice(-3) ?? []
    expect(message).toMatchObject({ kind: 'user_message' })
    expect(reply).toMatchObject({ kind: 'reply', segment: { text: 'One moment.' }, toolCalls: [{ name: 'book_slot' }] })
    expect(result).toMatchObject({ kind: 'tool_result', toolName: 'book_slot', segment: { trust: 'tool' } })
  })

  test('a call with unreadable arguments is answered and does not end the turn', async () => {
    const { model, turn } = begin()
    const { record, done } = turn('book')
    model.wish('book_slot', '{"weekday":')
    model.finish()
    model.say('That went wrong.')
    model.finish()
    expect(await done).toBeUndefined()
    expect(record.toolCalls).toMatchObject([{ name: 'book_slot', status: 'failed' }])
    expect(record.heard).toBe('That went wrong.')
  })

  test('without tools allowed none runs, and the model is told so', async () => {
    const { model, events, turn } = begin({ document: { limits: { max_tool_calls: 0 } } })
    const { record, done } = turn('book')
    model.wish('book_slot', '{"weekday":"Tuesday","time":"9:30"}')
    model.finish()
    model.say('I cannot book.')
    model.finish()
    expect(await done).toBeUndefined()
    expect([record.toolCalls, record.heard]).toEqual([[], 'I cannot book.'])
    expect(JSON.stringify(model.requests[1]?.prompt.at(-1))).toContain('No more tools can be used')
    expect(events.some(({ event }) => event === 'tool_call')).toBe(false)
  })

  test('a message that an input rule stopped is not in later prompts', async () => {
    const { model, turn, context } = begin({
      document: { policy: { no_go_zones: [{ ...zone, stages: ['input' as const] }] } },
    })
    const { record, done } = turn('the forbidden dose please')
    await done
    expect([record.status, record.heard]).toEqual(['blocked', 'Ask a doctor.'])
    expect(model.requests).toEqual([])
    expect(spoken(context.history)).toEqual([
      ['user_message', '[This message was withheld.]'],
      ['reply', 'Ask a doctor.'],
    ])
  })

  test('a phrase split over the words before a tool and after it is one phrase', async () => {
    const { model, turn } = begin({ document: { policy: { no_go_zones: [zone] } } })
    const { record, done } = turn('book')
    model.say('The forbidden')
    model.wish('book_slot', '{"weekday":"Tuesday","time":"9:30"}')
    model.finish()
    model.say('dose is this.')
    model.finish()
    await done
    expect(record.heard).not.toContain('dose')
    expect(record.heard).toContain('Ask a doctor.')
    expect(record.decisions).toMatchObject([{ decision: { stage: 'output' }, charactersHeard: expect.any(Number) }])
    expect(record.decisions[0]?.charactersHeard).toBeGreaterThan(0)
  })

  test('tokens of a call that a rule stopped are counted, and nothing more of it is said', async () => {
    const { model, turn } = begin({ document: { policy: { no_go_zones: [{ ...zone, action: 'block' as const }] } } })
    const { record, done } = turn('hi')
    model.say('Take the forbidden dose. ')
    model.say('And more. ')
    expect(await done).toBeUndefined()
    expect(record.status).toBe('blocked')
    expect(record.heard).not.toContain('more')
    expect([record.inputTokens, record.outputTokens]).toEqual([3, 1])
    expect(model.requests[0]?.signal.aborted).toBe(true)
  })

  test('tokens of a call that was cut are counted', async () => {
    const { model, turn, controller } = begin()
    const { record, done } = turn('hi')
    model.say('One moment ')
    await expect.poll(() => record.heard).not.toBe('')
    controller.abort(new AppError('session.not_live', 'ended'))
    await done
    expect([record.status, record.inputTokens, record.outputTokens]).toEqual(['cut', 3, 1])
  })

  test('usage that came together with the cut is counted', async () => {
    const { context, controller } = begin()
    const record = new TurnRecord({ id: newId(), subject: { userTurnId: newId(), userText: 'hi' }, startedAtMs: 0 })
    const model: typeof context.model = {
      stream: async function* ({ signal }) {
        yield { type: 'text', delta: 'Well. ' }
        controller.abort(new AppError('session.not_live', 'ended'))
        yield { type: 'usage', inputTokens: 40, outputTokens: 2, reported: true }
        signal.throwIfAborted()
      },
    }
    const { signal } = controller
    await runTurn({
      context: { ...context, model },
      record,
      emit: async () => true,
      heardAll: async () => true,
      signal,
    })
    expect([record.status, record.inputTokens, record.outputTokens]).toEqual(['cut', 40, 2])
  })

  test('a note that was withheld from a model is a decision of the turn, once for all calls of it', async () => {
    const { model, context, turn } = begin({
      document: {
        model: { kind: 'openai_compatible', provider: 'custom', base_url: 'http://127.0.0.1:9/v1', model: 'm' },
        notes: [{ name: 'hours', text: 'Open at nine.' }],
      },
    })
    vi.spyOn(context.gate, 'decideRetrieval').mockReturnValue({
      decision: { ...context.gate.decideInput('hello').decision, stage: 'retrieval', action: 'deny' },
      engineUs: 1,
    })
    const { record, done } = turn('book')
    model.wish('book_slot', '{"weekday":"Tuesday","time":"9:30"}')
    model.finish()
    model.finish()
    await done
    expect(JSON.stringify(model.requests)).not.toContain('nine')
    expect(record.decisions).toMatchObject([
      { decision: { stage: 'retrieval', action: 'deny' }, blockedText: 'Open at nine.' },
    ])
  })

  test('a model is told in which language to answer, when the agent has one', async () => {
    const { model, turn } = begin({ document: { persona: { prompt: 'You answer.', language: 'de' } } })
    const { done } = turn('hi')
    model.finish()
    await done
    expect(model.requests[0]?.prompt[1]).toMatchObject({ kind: 'instruction', segment: { trust: 'system' } })
    expect(JSON.stringify(model.requests[0]?.prompt[1])).toContain(' de,')
  })
})
