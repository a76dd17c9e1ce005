import { describe, expect, it } from 'vitest'
import type { ModelEvent, ModelPort } from './model-port.ts'
import { unmarkModel } from './unmark-model.ts'

const mark = '\ue1ab'

async function through(events: readonly ModelEvent[]): Promise<readonly ModelEvent[]> {
  const model: ModelPort = {
    stream: async function* () {
      yield* events
    },
  }
  const request = { prompt: [], tools: [], maxOutputTokens: 1, signal: new AbortController().signal }
  const seen: ModelEvent[] = []
  for await (const event of unmarkModel(model, mark).stream(request)) seen.push(event)
  return seen
}

describe('a model that repeats the mark', () => {
  it('says blanks instead', async () => {
    const usage: ModelEvent = { type: 'usage', inputTokens: 1, outputTokens: 1, reported: true }
    expect(await through([{ type: 'text', delta: `Open${mark}at${mark}nine` }, usage])).toEqual([
      { type: 'text', delta: 'Open at nine' },
      usage,
    ])
  })

  it.each([
    [`{"a":"b${mark}c"}`, { a: 'b c' }],
    ['{"a":"b\\ue1abc"}', { a: 'b c' }],
    ['{"a":"b\\uE1ABc"}', { a: 'b c' }],
    ['{"a":"b\\\\\\ue1abc"}', { a: 'b\\ c' }],
    ['{"a":"b\\\\ue1abc"}', { a: 'b\\ue1abc' }],
  ])('writes the arguments %s without it', async (argumentsJson, args) => {
    const [call] = await through([{ type: 'tool_call', callId: 'c', name: 'n', argumentsJson }])
    expect(JSON.parse(call?.type === 'tool_call' ? call.argumentsJson : '')).toEqual(args)
  })
})
