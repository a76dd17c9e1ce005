import { describe, expect, test, vi } from 'vitest'
import { AppError } from '../../kernel/app-error.ts'
import { handTool, refused, talkWith, worked } from './test-harness/turn-with-tools.ts'

const forbidden = {
  name: 'dosage',
  phrases: ['forbidden dose'],
  action: 'redirect' as const,
  line: 'Ask a doctor.',
}
const within = { timeout: 5000 }

describe('the calls of one answer', () => {
  test('run beside each other where they change nothing', async () => {
    const [weather, traffic] = [handTool({ name: 'weather' }), handTool({ name: 'traffic' })]
    const { model, say, results, story } = talkWith({ tools: [weather, traffic] })
    const { done, record } = say('how is it?')
    model.wish('weather', '{"n":1}')
    model.wish('traffic', '{"n":2}')
    model.finish()
    await vi.waitFor(() => expect([weather.calls.length, traffic.calls.length]).toEqual([1, 1]), within)
    traffic.answer({ kind: 'executed', result: { ok: true, fields: { is: 'second' } } })
    weather.answer({ kind: 'executed', result: { ok: true, fields: { is: 'first' } } })
    model.say('Fine.')
    model.finish()
    expect(await done).toBeUndefined()
    expect(results()).toEqual(['{"is":"first","ok":true}', '{"is":"second","ok":true}'])
    expect(story()).toEqual(['call weather', 'call traffic', 'ok traffic', 'ok weather', 'say Fine.'])
    expect(record.toolCalls.map(({ call_id, name }) => `${call_id} ${name}`)).toEqual([
      'call_1 weather',
      'call_2 traffic',
    ])
  })

  test('what changes something waits for all before it, and what follows waits for it', async () => {
    const look = handTool({ name: 'look' })
    const [pay, book] = [
      handTool({ name: 'pay', isIdempotent: false }),
      handTool({ name: 'book', isIdempotent: false }),
    ]
    const { model, say, story } = talkWith({ tools: [look, pay, book] })
    const { done } = say('go')
    for (const name of ['look', 'pay', 'book', 'look']) model.wish(name, '{}')
    model.finish()
    await vi.waitFor(() => expect(look.calls).toHaveLength(1), within)
    expect([pay.calls.length, book.calls.length]).toEqual([0, 0])
    look.answer()
    await vi.waitFor(() => expect(pay.calls).toHaveLength(1), within)
    expect(book.calls).toHaveLength(0)
    pay.answer(refused)
    await vi.waitFor(() => expect(book.calls).toHaveLength(1), within)
    expect(look.calls).toHaveLength(1)
    book.answer()
    await vi.waitFor(() => expect(look.calls).toHaveLength(2), within)
    look.answer()
    model.say('Done.')
    model.finish()
    await done
    expect(story().filter((line) => line.startsWith('call'))).toEqual([
      'call look',
      'call pay',
      'call book',
      'call look',
    ])
  })

  test('a rule that ends the session at one of them has none made, those before it neither', async () => {
    const pay = handTool({ name: 'pay', isIdempotent: false })
    const document = {
      policy: { no_go_zones: [{ ...forbidden, action: 'end' as const, stages: ['tool_call' as const] }] },
    }
    const { model, say, story } = talkWith({ tools: [pay], document })
    const { record, done } = say('pay both')
    model.wish('pay', '{"for":"shoes"}')
    model.wish('pay', '{"for":"a forbidden dose"}')
    model.wish('pay', '{"for":"hats"}')
    model.finish()
    expect(await done).toBeUndefined()
    expect([record.status, record.endsSession, pay.calls]).toEqual(['blocked', true, []])
    expect(story()).toEqual(['call pay', 'guard', 'failed pay'])
    expect(record.toolCalls).toMatchObject([{ status: 'failed', arguments: '{}' }])
  })

  test('one that a rule denies keeps its neighbours, and its own arguments from everybody', async () => {
    const look = handTool({ name: 'look' })
    const document = { policy: { no_go_zones: [{ ...forbidden, stages: ['tool_call' as const] }] } }
    const { model, say, results, events } = talkWith({ tools: [look], document })
    const { done } = say('look')
    model.wish('look', '{"for":"a forbidden dose"}')
    model.wish('look', '{"for":"hats"}')
    model.finish()
    await vi.waitFor(() => expect(look.calls).toHaveLength(1), within)
    look.answer()
    model.say('Hats.')
    model.finish()
    await done
    expect(look.calls[0]?.args).toEqual({ for: 'hats' })
    expect(results()).toEqual(['{"ok":false,"error":"This is not allowed."}', '{"found":"it","ok":true}'])
    expect(JSON.stringify([model.requests[1]?.prompt, events])).not.toContain('forbidden')
  })

  test('more than eight at once wait for the first of them', async () => {
    const look = handTool({ name: 'look' })
    const { model, say } = talkWith({ tools: [look] })
    const { done } = say('look')
    for (let n = 0; n < 9; n += 1) model.wish('look', `{"n":${n}}`)
    model.finish()
    await vi.waitFor(() => expect(look.calls).toHaveLength(8), within)
    for (let n = 0; n < 8; n += 1) look.answer()
    await vi.waitFor(() => expect(look.calls).toHaveLength(9), within)
    look.answer()
    model.say('All.')
    model.finish()
    await done
  })

  test('keep apart what they answer though the model gave them one id', async () => {
    const look = handTool({
      name: 'look',
      run: async (args) => ({ kind: 'executed', result: { ok: true, fields: { args: JSON.stringify(args) } } }),
    })
    const { model, say, results } = talkWith({ tools: [look] })
    const { done } = say('look')
    model.wish('look', '{"n":1}', 'same')
    model.wish('look', '{"n":2}', 'same')
    model.finish()
    model.wish('look', '{"n":3}', 'same')
    model.finish()
    model.say('Three.')
    model.finish()
    await done
    const parts = model.requests.at(-1)?.prompt ?? []
    const told = parts.flatMap((part) => (part.kind === 'tool_result' ? [part.callId] : []))
    const wished = parts.flatMap((part) =>
      part.kind === 'reply' ? (part.toolCalls ?? []).map(({ callId }) => callId) : [],
    )
    expect(new Set(told).size).toBe(3)
    expect(wished).toEqual(told)
    expect(results().map((text) => /\d/.exec(text)?.[0])).toEqual(['1', '2', '3'])
  })
})

describe('the limit of tool calls', () => {
  test('a hundred calls in one answer are none, and the model is told how many there may be', async () => {
    const pay = handTool({ name: 'pay', isIdempotent: false })
    const { model, say, results, story } = talkWith({ tools: [pay] })
    const { record, done } = say('pay')
    for (let n = 0; n < 100; n += 1) model.wish('pay', '{}')
    model.finish()
    model.say('I cannot do that.')
    model.finish()
    expect(await done).toBeUndefined()
    expect([pay.calls.length, record.toolCalls.length]).toEqual([0, 0])
    expect(results()).toHaveLength(100)
    expect(results()[99]).toContain('Only 20 more tool calls')
    expect(story()).toEqual(['say I cannot do that.'])
  })

  test('counts over the session, unknown names too', async () => {
    const { model, say, context } = talkWith({ document: { limits: { max_tool_calls: 3 } } })
    for (const round of [1, 2, 3]) {
      const { done } = say('try')
      model.wish(`no_such_tool_${round}`, '{}')
      model.finish()
      model.say('No.')
      model.finish()
      await done
    }
    expect(context.toolBudget.left).toBe(0)
    const { record, done } = say('book')
    model.wish('book_slot', '{"weekday":"Tuesday","time":"9:30"}')
    model.finish()
    model.say('Too late.')
    model.finish()
    await done
    expect([record.toolCalls, record.heard]).toEqual([[], 'Too late.'])
  })

  test('a name that the agent was not given is told to nobody, not even one of every object', async () => {
    const { model, say, events } = talkWith({})
    const { record, done } = say('go')
    model.wish('__proto__', '{}')
    model.wish('constructor', '{}')
    model.finish()
    model.say('No.')
    model.finish()
    await done
    expect(record.toolCalls.map(({ name, status }) => `${name} ${status}`)).toEqual([
      'unknown_tool failed',
      'unknown_tool failed',
    ])
    expect(JSON.stringify([events, record.toolCalls])).not.toMatch(/__proto__|constructor/)
  })

  test('a model that goes on asking beyond it is not asked for ever', async () => {
    const { model, say, story } = talkWith({ document: { limits: { max_tool_calls: 0 } } })
    const { record, done } = say('go')
    for (let round = 0; round < 3; round += 1) {
      model.wish('book_slot', '{}')
      model.finish()
    }
    expect(await done).toBeUndefined()
    expect(story()).toEqual(['say I am sorry, that did not work just now.'])
    expect([record.status, model.requests.length]).toEqual(['complete', 3])
  })
})

describe('a turn that is cut while a tool runs', () => {
  test('tells the tool to stop, does not wait for one that will not, and keeps that it was called', async () => {
    const pay = handTool({ name: 'pay', isIdempotent: false })
    const { model, say, story } = talkWith({ tools: [pay] })
    const { record, controller, done } = say('pay')
    model.wish('pay', '{"amount":5}')
    model.wish('pay', '{"amount":6}')
    model.finish()
    await vi.waitFor(() => expect(pay.calls).toHaveLength(1), within)
    controller.abort(new AppError('request.conflict', 'the person has something to say'))
    expect(await done).toBeUndefined()
    expect(pay.calls[0]?.signal.aborted).toBe(true)
    pay.answer()
    await new Promise((settled) => setImmediate(settled))
    expect([record.status, record.wasInterrupted, pay.calls.length]).toEqual(['cut', true, 1])
    expect(record.toolCalls).toMatchObject([{ name: 'pay', status: 'failed', arguments: '{"amount":5}' }])
    expect(record.toolCalls[0]?.result).toContain('whether it did its work is not known')
    expect(story()).toEqual(['call pay', 'failed pay'])
    expect(model.requests).toHaveLength(1)
  })

  test('has the model of the next turn know of the calls that may have changed something, and of no others', async () => {
    const [look, pay] = [handTool({ name: 'look' }), handTool({ name: 'pay', isIdempotent: false })]
    const { model, say } = talkWith({ tools: [look, pay] })
    const { controller, done } = say('pay')
    model.wish('look', '{"for":"shoes"}')
    model.wish('pay', '{"amount":5}')
    model.finish()
    await vi.waitFor(() => expect(look.calls).toHaveLength(1), within)
    look.answer()
    await vi.waitFor(() => expect(pay.calls).toHaveLength(1), within)
    controller.abort(new AppError('request.conflict', 'the person has something to say'))
    await done
    const next = say('so?')
    model.say('I do not know yet.')
    model.finish()
    await next.done
    const known = (model.requests[1]?.prompt ?? []).filter(({ segment }) => segment.trust === 'tool')
    expect(known).toMatchObject([{ kind: 'data', segment: { source: 'tool:pay' } }])
    expect(known[0]?.segment.text).toMatch(/^In a turn that was interrupted, pay was called with \{"amount":5\}/)
  })

  test('keeps what had worked by then', async () => {
    const [pay, slow] = [
      handTool({ name: 'pay', isIdempotent: false }),
      handTool({ name: 'slow', isIdempotent: false }),
    ]
    const { model, say } = talkWith({ tools: [pay, slow] })
    const { record, controller, done } = say('pay')
    model.wish('pay', '{}')
    model.wish('slow', '{}')
    model.finish()
    await vi.waitFor(() => expect(pay.calls).toHaveLength(1), within)
    pay.answer()
    await vi.waitFor(() => expect(slow.calls).toHaveLength(1), within)
    controller.abort(new AppError('session.not_live', 'ended'))
    await done
    expect(record.toolCalls.map(({ name, status }) => `${name} ${status}`)).toEqual(['pay ok', 'slow failed'])
  })
})

describe('what the person hears of a tool that failed', () => {
  test('is a line of ours in the language of the agent when the model says nothing', async () => {
    const book = handTool({ name: 'book', isIdempotent: false })
    const { model, say, story } = talkWith({ tools: [book], document: { persona: { prompt: 'p', language: 'de-AT' } } })
    const { done } = say('buchen')
    model.say('Ich buche das. ')
    model.wish('book', '{}')
    model.finish()
    await vi.waitFor(() => expect(book.calls).toHaveLength(1), within)
    book.answer(refused)
    model.finish()
    expect(await done).toBeUndefined()
    expect(story().at(-1)).toBe('say Das hat gerade leider nicht geklappt.')
  })

  test('is nothing more when a second try worked', async () => {
    const book = handTool({ name: 'book', isIdempotent: false, hasEffects: false })
    const { model, say } = talkWith({ tools: [book] })
    const { record, done } = say('book')
    model.say('I book it.')
    for (const run of [refused, worked]) {
      model.wish('book', '{}')
      model.finish()
      await vi.waitFor(() => expect(book.calls).toHaveLength(run === refused ? 1 : 2), within)
      book.answer(run)
    }
    model.finish()
    expect(await done).toBeUndefined()
    expect(record.heard).toBe('I book it.')
  })

  test('is an error when a rule forbids that line as well', async () => {
    const document = { policy: { no_go_zones: [{ ...forbidden, phrases: ['did not work'] }] } }
    const book = handTool({ name: 'book', run: async () => refused })
    const { model, say, story } = talkWith({ tools: [book], document })
    const { done } = say('book')
    model.wish('book', '{}')
    model.finish()
    model.finish()
    expect(await done).toMatchObject({ code: 'provider.unavailable' })
    expect(story()).toEqual(['call book', 'failed book'])
  })
})
