import { type ScriptDocument, scriptDocumentSchema } from '@hyponema/contract'
import { describe, expect, test } from 'vitest'
import type { z } from 'zod'
import { makePromptSegment, type PromptPart } from '../prompt-segment.ts'
import type { ModelEvent, ModelPort, ModelRequest } from '../providers/model-port.ts'
import { createScriptedModel, type ScriptedModelOptions } from './create-scripted-model.ts'

type Input = z.input<typeof scriptDocumentSchema>

const noNote = (): Promise<undefined> => Promise.resolve(undefined)

function modelFor(script: Input, options: Partial<ScriptedModelOptions> = {}): ModelPort {
  return createScriptedModel({
    script: scriptDocumentSchema.parse(script),
    variables: () => new Map(),
    lookUpNote: noNote,
    ...options,
  })
}

const user = (text: string): PromptPart => ({
  kind: 'user_message',
  segment: makePromptSegment({ text, source: 'message', trust: 'user' }),
})
const result = (callId: string, value: unknown): PromptPart => ({
  kind: 'tool_result',
  callId,
  toolName: 'book_slot',
  segment: makePromptSegment({ text: JSON.stringify(value), source: 'tool:book_slot', trust: 'tool' }),
})
const request = (prompt: readonly PromptPart[], changes: Partial<ModelRequest> = {}): ModelRequest => ({
  prompt,
  tools: [],
  maxOutputTokens: 512,
  signal: new AbortController().signal,
  ...changes,
})

async function collect(stream: AsyncIterable<ModelEvent>): Promise<readonly ModelEvent[]> {
  const events: ModelEvent[] = []
  for await (const event of stream) events.push(event)
  return events
}

async function listen(model: ModelPort, ...prompt: readonly PromptPart[]): Promise<readonly ModelEvent[]> {
  return await collect(model.stream(request(prompt)))
}
const textOf = (events: readonly ModelEvent[]): string =>
  events.map((event) => (event.type === 'text' ? event.delta : '')).join('')
const say = async (model: ModelPort, text: string): Promise<string> => textOf(await listen(model, user(text)))

const booking: Input = {
  rules: [
    { state: 'offered', when: ['no'], say: ['As you like.'], next_state: 'start' },
    {
      state: 'offered',
      when: ['yes'],
      say: ['One moment.'],
      tool: { name: 'book_slot', arguments: { weekday: '{{weekday}}', time: '9:30', note: '{{unset}}' } },
      then_say: ['Booked for {{result.slot}}.', 'Goodbye.'],
      else_say: ['No: {{result.error}}'],
      next_state: 'booked',
    },
    { state: 'booked', when: ['when'], say: ['On {{weekday}}.'] },
    { when: ['{weekday}'], say: ['{{weekday}} is free. Shall I book it?'], next_state: 'offered' },
    { when: ['repeat *'], say: ['{{rest}}'] },
    { when: ['who am i'], say: ['You are {{caller}}.'] },
    { when: ['open'], note: 'clinic', say: ['{{note}}'], else_say: ['Nobody knows.'] },
    { when: ['address'], note: 'clinic', say: ['{{note}}'] },
  ],
  otherwise: 'Pardon?',
}

describe('a stream of the scripted model', () => {
  test('is text in small tokens, then usage, then finish', async () => {
    const events = await listen(modelFor(booking), user('tuesday'))
    expect(textOf(events)).toBe('Tuesday is free. Shall I book it?')
    const kinds = events.map((event) => event.type)
    expect(kinds.filter((kind) => kind === 'text').length).toBeGreaterThan(10)
    expect(kinds.slice(-2)).toEqual(['usage', 'finish'])
    expect(events.at(-2)).toEqual({ type: 'usage', inputTokens: 2, outputTokens: 9, reported: false })
    expect(events.at(-1)).toEqual({ type: 'finish', reason: 'stop' })
  })

  test('says what it does not understand', async () => {
    expect(await say(modelFor(booking), 'qwertz')).toBe('Pardon?')
    expect(textOf(await listen(modelFor(booking)))).toBe('Pardon?')
  })

  test('repeats the rest verbatim and reads nothing into it', async () => {
    const model = modelFor(booking, { variables: () => new Map([['caller', 'Ada']]) })
    expect(await say(model, 'Repeat: d.o.s.e {{caller}} — “ＭＧ”')).toBe('d.o.s.e {{caller}} — “ＭＧ”')
  })

  test('fills session variables in as data', async () => {
    const model = modelFor(booking, { variables: () => new Map([['caller', '{{rest}}']]) })
    expect(await say(model, 'who am i')).toBe('You are {{rest}}.')
    expect(await say(modelFor(booking), 'who am i')).toBe('You are {{caller}}.')
  })

  test('two sessions know nothing of each other', async () => {
    const script = scriptDocumentSchema.parse(booking)
    const [left, right] = [modelFor(script), modelFor(script)]
    await say(left, 'friday')
    expect(await say(left, 'no')).toBe('As you like.')
    expect(await say(right, 'no')).toBe('Pardon?')
  })
})

describe('a tool of the script', () => {
  async function offered(): Promise<ModelPort> {
    const model = modelFor(booking)
    await say(model, 'Friday')
    return model
  }

  test('is asked for after what is said before it', async () => {
    const events = await listen(await offered(), user('yes'))
    expect(textOf(events)).toBe('One moment.')
    expect(events.slice(-3).map((event) => event.type)).toEqual(['tool_call', 'usage', 'finish'])
    expect(events.at(-3)).toEqual({
      type: 'tool_call',
      callId: 'call_1',
      name: 'book_slot',
      argumentsJson: '{"weekday":"Friday","time":"9:30","note":"{{unset}}"}',
    })
    expect(events.at(-1)).toEqual({ type: 'finish', reason: 'tool_calls' })
  })

  test('is spoken about with its result, and the state moves', async () => {
    const model = await offered()
    await say(model, 'yes')
    const events = await listen(model, user('yes'), result('call_1', { ok: true, slot: 'Friday, 9:30' }))
    expect(textOf(events)).toBe('Booked for Friday, 9:30. Goodbye.')
    expect(await say(model, 'when was it')).toBe('On Friday.')
  })

  test('that failed is told, and the state stays', async () => {
    const model = await offered()
    await say(model, 'yes')
    expect(textOf(await listen(model, result('call_1', { ok: false, error: 'taken' })))).toBe('No: taken')
    expect((await listen(model, user('yes'))).at(-3)).toMatchObject({ type: 'tool_call', callId: 'call_2' })
  })

  const refusing: Input = {
    ...booking,
    rules: booking.rules.map((rule) =>
      rule.tool === undefined
        ? rule
        : { ...rule, tool: { ...rule.tool, refused_by: 'refused' }, refused_say: ['Not then: {{result.refused}}'] },
    ),
  }

  test('that answered with a refusal is told so, and the state stays', async () => {
    const model = modelFor(refusing)
    await say(model, 'Friday')
    await say(model, 'yes')
    const refused = result('call_1', { ok: true, booked: false, refused: 'taken' })
    expect(textOf(await listen(model, user('yes'), refused))).toBe('Not then: taken')
    expect((await listen(model, user('yes'))).at(-3)).toMatchObject({ type: 'tool_call', callId: 'call_2' })
  })

  test.each(['', false, undefined])('that refused nothing (%j) has done its work', async (refused) => {
    const model = modelFor(refusing)
    await say(model, 'Friday')
    await say(model, 'yes')
    const answered = result('call_1', { ok: true, slot: 'Friday, 9:30', refused })
    expect(textOf(await listen(model, user('yes'), answered))).toBe('Booked for Friday, 9:30. Goodbye.')
  })

  test('that refuses is told like one that failed where nothing else is written', async () => {
    const rules = booking.rules.map((rule) =>
      rule.tool === undefined ? rule : { ...rule, tool: { ...rule.tool, refused_by: 'error' } },
    )
    const model = modelFor({ ...booking, rules })
    await say(model, 'Friday')
    await say(model, 'yes')
    expect(textOf(await listen(model, result('call_1', { ok: true, error: 'taken' })))).toBe('No: taken')
  })

  test('whose words are cut has still done its work', async () => {
    const model = await offered()
    await say(model, 'yes')
    for await (const event of model.stream(request([result('call_1', { ok: true, slot: 'x' })]))) {
      expect(event.type).toBe('text')
      break
    }
    expect(await say(model, 'when')).toBe('On Friday.')
  })

  test('whose result never comes is forgotten', async () => {
    const model = await offered()
    await say(model, 'yes')
    expect(await say(model, 'no')).toBe('As you like.')
    expect(textOf(await listen(model, result('call_1', { ok: true, slot: 'x' })))).toBe('Pardon?')
  })

  test('with another call id is not taken for the one that was asked for', async () => {
    const model = await offered()
    await say(model, 'yes')
    expect(textOf(await listen(model, user('yes'), result('call_9', { ok: true, slot: 'x' })))).toBe('Pardon?')
  })
})

describe('a note of the script', () => {
  test('is looked up with the question, and what is given is said', async () => {
    const asked: unknown[] = []
    const model = modelFor(booking, {
      lookUpNote: (name, question) => {
        asked.push([name, question])
        return Promise.resolve('From {{weekday}} on.')
      },
    })
    expect(await say(model, 'Are you open?')).toBe('From {{weekday}} on.')
    expect(asked).toEqual([['clinic', 'Are you open?']])
  })

  test('without an answer, or withheld, falls to else_say, and to otherwise without that', async () => {
    expect(await say(modelFor(booking), 'open?')).toBe('Nobody knows.')
    expect(await say(modelFor(booking), 'address?')).toBe('Pardon?')
  })

  test('that cannot be looked up ends the stream with that error', async () => {
    const model = modelFor(booking, { lookUpNote: () => Promise.reject(new Error('withheld')) })
    await expect(say(model, 'open?')).rejects.toThrow('withheld')
  })
})

describe('a stream that is cut', () => {
  test('early leaves the state where it was: nothing was offered', async () => {
    const model = modelFor(booking)
    let heard = 0
    for await (const event of model.stream(request([user('monday')]))) {
      expect(event.type).toBe('text')
      heard += 1
      if (heard === 2) break
    }
    expect(await say(model, 'no')).toBe('Pardon?')
  })

  test('by its signal throws the reason, between tokens and during a pause', async () => {
    const controller = new AbortController()
    const reason = new Error('barge-in')
    const script: ScriptDocument = scriptDocumentSchema.parse({ ...booking, token_delay_ms: 1000 })
    const model = modelFor(script, {
      pause: (_delayMs, signal) => {
        controller.abort(reason)
        return signal.aborted ? Promise.reject(reason) : Promise.resolve()
      },
    })
    const stream = model.stream(request([user('monday')], { signal: controller.signal }))
    await expect(collect(stream)).rejects.toBe(reason)
  })

  test('by a real pause does not wait for its end', async () => {
    const controller = new AbortController()
    const model = modelFor({ ...booking, token_delay_ms: 1000 })
    const listening = collect(model.stream(request([user('monday')], { signal: controller.signal })))
    const reason = new Error('ended')
    controller.abort(reason)
    await expect(listening).rejects.toBe(reason)
  })

  test('before it began says nothing', async () => {
    const stream = modelFor(booking).stream(request([user('monday')], { signal: AbortSignal.abort(new Error('gone')) }))
    await expect(collect(stream)).rejects.toThrow('gone')
  })

  test('by the limit of tokens ends with length and without its tool', async () => {
    const model = modelFor(booking)
    await say(model, 'friday')
    const events = await collect(model.stream(request([user('yes')], { maxOutputTokens: 2 })))
    expect(textOf(events)).toBe('One mome')
    expect(events.at(-1)).toEqual({ type: 'finish', reason: 'length' })
    expect(events.some((event) => event.type === 'tool_call')).toBe(false)
  })

  test('waits before each token when the script asks for it', async () => {
    const waits: number[] = []
    const model = modelFor(
      { rules: [{ when: ['hi'], say: ['Hello.'] }], token_delay_ms: 25 },
      {
        pause: (delayMs) => {
          waits.push(delayMs)
          return Promise.resolve()
        },
      },
    )
    expect(await say(model, 'hi')).toBe('Hello.')
    expect(waits).toEqual([25, 25, 25])
  })
})

describe('the documents of the agent', () => {
  const script: Input = {
    rules: [{ when: ['open'], from_documents: true, say: ['It says: {{passage}}'], else_say: ['I find nothing.'] }],
  }
  const document: PromptPart = {
    kind: 'data',
    segment: makePromptSegment({
      text: '# Hours\nOpen from nine. {{caller}} closes.',
      source: 'document:chk_1',
      trust: 'document',
    }),
  }

  test('are read from the prompt, and what stands in them is data', async () => {
    const model = modelFor(script, { variables: () => new Map([['caller', 'Ada']]) })
    expect(textOf(await listen(model, document, user('are you open?')))).toBe('It says: Open from nine.')
    expect(textOf(await listen(model, document, user('open when the caller closes')))).toBe(
      'It says: {{caller}} closes.',
    )
  })

  test('have no answer where the prompt has none', async () => {
    expect(textOf(await listen(modelFor(script), user('are you open?')))).toBe('I find nothing.')
  })
})
