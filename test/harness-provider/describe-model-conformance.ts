/**
 * The suite that every model adapter passes, whatever its vendor. An adapter's test opens a peer for each situation; a peer lists
 * the situations that it can produce.
 */
import { afterEach, describe, expect, it } from 'vitest'
import { makePromptSegment } from '../../packages/server/src/conversation/prompt-segment.ts'
import type {
  ModelEvent,
  ModelPort,
  ModelRequest,
} from '../../packages/server/src/conversation/providers/model-port.ts'
import { type ModelSituation, modelSituations } from './model-situations.ts'

export type OpenedModel = {
  readonly model: ModelPort
  readonly received: () => readonly string[]
  readonly hungUp?: Promise<void>
  readonly close: () => Promise<void>
}

export type ModelPeer = {
  readonly name: string
  /** The key that the adapter under test holds: it must be on the wire and nowhere else. */
  readonly key: string
  /** Its record of requests does not show keys; then it must refuse every other key. */
  readonly hidesKeys: boolean
  readonly situations: ReadonlySet<ModelSituation>
  /** Deadlines of the adapter must be 150 ms for the first and next token, and 1 s in all. */
  readonly open: (situation: ModelSituation) => Promise<OpenedModel>
}

export const conformanceKey = 'sk-conformance-0123456789'

type Outcome = { readonly events: readonly ModelEvent[]; readonly failure: unknown }

export function describeModelConformance(peer: ModelPeer): void {
  const opened: OpenedModel[] = []
  afterEach(async () => {
    for (const one of opened.splice(0)) await one.close()
  })
  const open = async (situation: ModelSituation): Promise<OpenedModel> => {
    const one = await peer.open(situation)
    opened.push(one)
    return one
  }
  const run = async (situation: ModelSituation): Promise<Outcome> => collect((await open(situation)).model)

  describe(`a model through ${peer.name}`, () => {
    for (const situation of modelSituations) {
      if (!peer.situations.has(situation)) continue
      const rule = rules[situation]
      it(`${rule.says} (${situation})`, async () => {
        const outcome = await run(situation)
        rule.holds(outcome)
        checkEvery(outcome, peer.key)
      })
    }

    it('sends the key it was given and no placeholder', async () => {
      const { model, received } = await open('answers')
      expect(await collect(model)).toHaveProperty('failure', undefined)
      expect(received()).toHaveLength(1)
      // A peer that hides the header in its journal answers to this key only.
      if (!peer.hidesKeys) expect(received()[0]).toContain(peer.key)
      expect(received()[0]).not.toMatch(/sealed/i)
    })

    it('hands on what a document says with the marks of its session, which are private-use characters', async () => {
      const { model, received } = await open('answers')
      const segment = makePromptSegment({ text: 'Open at nine.', source: 'note:hours', trust: 'document' })
      const { prompt } = request()
      const outcome = await collect(model, { prompt: [{ kind: 'data', segment }, ...prompt] })
      expect(textOf(outcome)).toBe('Hello there.')
      expect(received()[0]).toMatch(/Open(\p{Co}|\\u[ef][0-9a-f]{3})at\1nine\./u)
    })

    it('sends nothing when the turn was over before it began', async () => {
      const { model, received } = await open('answers')
      const reason = new Error('over')
      const { failure } = await collect(model, { signal: AbortSignal.abort(reason) })
      expect(failure).toBe(reason)
      expect(received()).toHaveLength(0)
    })

    for (const situation of producible(peer, 'stalls_in_mid_stream')) {
      it('stops at once and hangs up when the turn is cut', async () => {
        const { model, hungUp } = await open(situation)
        const controller = new AbortController()
        const reason = new Error('barge-in')
        const { events, failure } = await collect(model, { signal: controller.signal }, () => controller.abort(reason))
        expect(failure).toBe(reason)
        expect(events[0]).toStrictEqual({ type: 'text', delta: 'Hello' })
        await hungUp
      })
    }

    for (const situation of producible(peer, 'speaks_endlessly')) {
      it('hangs up when the reader leaves early', async () => {
        const { model, hungUp } = await open(situation)
        const seen: ModelEvent[] = []
        for await (const event of model.stream(request())) {
          seen.push(event)
          break
        }
        await hungUp
        expect(seen).toHaveLength(1)
      })
    }

    it('holds two streams apart', async () => {
      const { model } = await open('answers')
      const outcomes = await Promise.all([collect(model), collect(model)])
      expect(outcomes.map((outcome) => textOf(outcome))).toStrictEqual(['Hello there.', 'Hello there.'])
    })
  })
}

function producible(peer: ModelPeer, situation: ModelSituation): readonly ModelSituation[] {
  return peer.situations.has(situation) ? [situation] : []
}

type Rule = { readonly says: string; readonly holds: (outcome: Outcome) => void }

const rules: Readonly<Record<ModelSituation, Rule>> = {
  answers: { says: 'gives text, usage and finish in this order', holds: (outcome) => saysHello(outcome, true) },
  answers_without_usage: {
    says: 'estimates what the provider did not count',
    holds: (outcome) => saysHello(outcome, false),
  },
  claims_absurd_usage: { says: 'does not believe impossible numbers', holds: (outcome) => saysHello(outcome, false) },
  wishes_tools: {
    says: 'gives whole tool calls after the text',
    holds: ({ events, failure }) => {
      expect(failure).toBeUndefined()
      expect(events.filter((event) => event.type === 'tool_call')).toStrictEqual([
        { type: 'tool_call', callId: 'call_a', name: 'book_slot', argumentsJson: '{"day":"Tuesday"}' },
        { type: 'tool_call', callId: 'call_b', name: 'look_up', argumentsJson: '{}' },
      ])
      expect(events.at(-1)).toStrictEqual({ type: 'finish', reason: 'tool_calls' })
    },
  },
  repeats_call_ids: {
    says: 'gives each call an id in which nothing can be said',
    holds: ({ events }) => {
      const ids = events.flatMap((event) => (event.type === 'tool_call' ? [event.callId] : []))
      expect(new Set(ids).size).toBe(2)
      for (const id of ids) expect(id).toMatch(/^[A-Za-z0-9_-]{1,64}$/)
    },
  },
  names_a_tool_unreadably: {
    says: 'refuses a tool name that is a sentence',
    holds: (outcome) => failsAs(outcome, 'unavailable', ''),
  },
  splits_events: {
    says: 'does not care where the bytes are cut',
    holds: (outcome) => expect([textOf(outcome), outcome.failure]).toStrictEqual(['Grüße, 日本語.', undefined]),
  },
  is_cut_off: {
    says: 'keeps what came and fails as unavailable',
    holds: (outcome) => failsAfter(outcome, 'Hello'),
  },
  ends_without_finish: {
    says: 'does not take an end for a finish',
    holds: (outcome) => failsAs(outcome, 'unavailable', 'Hello'),
  },
  is_cut_in_a_tool_call: {
    says: 'gives no call of a cut stream, though its arguments parse',
    holds: (outcome) => failsAs(outcome, 'unavailable', 'Hello'),
  },
  stops_at_the_limit: {
    says: 'tells that a limit of length ended it',
    holds: (outcome) => finishesAs(outcome, 'length', 'Hello the'),
  },
  is_filtered: {
    says: 'tells that a filter of the provider ended it',
    holds: (outcome) => finishesAs(outcome, 'content_filter', 'Hello'),
  },
  says_nothing: { says: 'makes up no words', holds: (outcome) => finishesAs(outcome, 'stop', '') },
  stops_at_the_limit_in_a_tool_call: {
    says: 'gives no call that the token limit cut',
    holds: ({ events }) => {
      expect(events.some((event) => event.type === 'tool_call')).toBe(false)
      expect(events.at(-1)).toStrictEqual({ type: 'finish', reason: 'length' })
    },
  },
  refuses_the_key: { says: 'fails as auth', holds: (outcome) => failsAs(outcome, 'auth', '') },
  limits_the_rate: {
    says: 'fails as rate with the time to wait',
    holds: (outcome) => {
      failsAs(outcome, 'rate', '')
      expect(outcome.failure).toHaveProperty('retryAfterSeconds')
    },
  },
  has_no_quota: { says: 'fails as quota', holds: (outcome) => failsAs(outcome, 'quota', '') },
  refuses_the_request: { says: 'fails as bad_request', holds: (outcome) => failsAs(outcome, 'bad_request', '') },
  breaks: { says: 'fails as unavailable', holds: (outcome) => failsAs(outcome, 'unavailable', '') },
  breaks_in_mid_stream: {
    says: 'fails as unavailable after what was said',
    holds: (outcome) => failsAs(outcome, 'unavailable', 'Hello'),
  },
  redirects: { says: 'does not follow', holds: (outcome) => failsAs(outcome, 'unavailable', '') },
  answers_a_page: {
    says: 'does not take a page for an answer',
    holds: (outcome) => failsAs(outcome, 'unavailable', ''),
  },
  sends_invalid_json: { says: 'fails as unavailable', holds: (outcome) => failsAfter(outcome, 'Hello') },
  never_answers: { says: 'fails as timeout', holds: (outcome) => failsAs(outcome, 'timeout', '') },
  never_speaks: { says: 'does not take heartbeats for words', holds: (outcome) => failsAs(outcome, 'timeout', '') },
  stalls_in_mid_stream: {
    says: 'fails as timeout after what was said',
    holds: (outcome) => failsAs(outcome, 'timeout', 'Hello'),
  },
  speaks_endlessly: {
    says: 'ends the reply at its bound',
    holds: (outcome) => {
      expect(outcome.failure).toBeUndefined()
      expect(outcome.events.at(-1)).toStrictEqual({ type: 'finish', reason: 'length' })
      expect(textOf(outcome).length).toBeLessThanOrEqual(maxOutputTokens * 100)
    },
  },
  sends_a_huge_delta: {
    says: 'takes no more than the cap into memory',
    holds: (outcome) => {
      failsAs(outcome, 'unavailable', 'Hello')
    },
  },
  sends_a_huge_error: {
    says: 'takes no more than the cap of a refusal',
    holds: (outcome) => failsWith(outcome, ['bad_request', 'unavailable']),
  },
}

const maxOutputTokens = 64

function saysHello(outcome: Outcome, reported: boolean): void {
  expect(outcome.failure).toBeUndefined()
  expect(textOf(outcome)).toBe('Hello there.')
  expect(outcome.events.slice(-2)).toMatchObject([
    { type: 'usage', reported },
    { type: 'finish', reason: 'stop' },
  ])
}

function finishesAs(outcome: Outcome, reason: string, said: string): void {
  expect(outcome.failure).toBeUndefined()
  expect(textOf(outcome)).toBe(said)
  expect(outcome.events.at(-1)).toStrictEqual({ type: 'finish', reason })
}

function failsAs(outcome: Outcome, kind: string, said: string): void {
  expect(outcome.failure).toMatchObject({ kind })
  expect(textOf(outcome)).toBe(said)
  expect(outcome.events.some((event) => event.type === 'tool_call' || event.type === 'finish')).toBe(false)
}

/** Peers cut at different places: some or all of `most` has been said. */
function failsAfter(outcome: Outcome, most: string): void {
  const said = textOf(outcome)
  expect(most.startsWith(said)).toBe(true)
  failsAs(outcome, 'unavailable', said)
}

function failsWith(outcome: Outcome, kinds: readonly string[]): void {
  expect(kinds.map((kind) => ({ kind }))).toContainEqual({ kind: kindOf(outcome.failure) })
}

function kindOf(failure: unknown): unknown {
  return typeof failure === 'object' && failure !== null && 'kind' in failure ? failure.kind : undefined
}

/** What holds in every situation: order, counts, and no key and no prompt in an error. */
function checkEvery({ events, failure }: Outcome, key: string): void {
  const finishes = events.filter((event) => event.type === 'finish').length
  expect(finishes).toBe(failure === undefined ? 1 : 0)
  const usages = events.flatMap((event) => (event.type === 'usage' ? [event] : []))
  expect(usages.length).toBeLessThanOrEqual(1)
  if (textOf({ events, failure }) !== '') expect(usages).toHaveLength(1)
  for (const { inputTokens, outputTokens } of usages) {
    expect(inputTokens).toBeGreaterThanOrEqual(0)
    expect(outputTokens).toBeGreaterThanOrEqual(0)
    expect(outputTokens).toBeLessThan(1e9)
  }
  const written = writeOut(failure)
  expect(written).not.toContain(key)
  expect(written).not.toContain('What are your opening hours')
}

/** An error as a careless logger would write it, causes and own properties included. */
function writeOut(failure: unknown): string {
  const parts: string[] = []
  let current = failure
  while (current instanceof Error && parts.length < 10) {
    parts.push(String(current), current.stack ?? '', JSON.stringify(current))
    current = current.cause
  }
  return parts.join('\n')
}

function textOf({ events }: Outcome): string {
  return events.map((event) => (event.type === 'text' ? event.delta : '')).join('')
}

async function collect(
  model: ModelPort,
  overrides: Partial<ModelRequest> = {},
  onFirst?: () => void,
): Promise<Outcome> {
  const events: ModelEvent[] = []
  try {
    for await (const event of model.stream({ ...request(), ...overrides })) {
      events.push(event)
      if (events.length === 1) onFirst?.()
    }
    return { events, failure: undefined }
  } catch (failure) {
    return { events, failure }
  }
}

function request(): ModelRequest {
  return {
    prompt: [
      {
        kind: 'instruction',
        segment: makePromptSegment({ text: 'You are a receptionist.', source: 'persona', trust: 'operator' }),
      },
      {
        kind: 'user_message',
        segment: makePromptSegment({ text: 'What are your opening hours?', source: 'message', trust: 'user' }),
      },
    ],
    tools: [
      {
        name: 'book_slot',
        description: 'Books a slot',
        parameters: { type: 'object', properties: { day: { type: 'string' } } },
      },
      { name: 'look_up', description: 'Looks something up', parameters: { type: 'object', properties: {} } },
    ],
    maxOutputTokens,
    signal: new AbortController().signal,
  }
}
