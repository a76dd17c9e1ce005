import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseDeepgramMessage } from './deepgram-messages.ts'

const results = {
  type: 'Results',
  channel_index: [0, 1],
  duration: 1.5,
  start: 6,
  is_final: true,
  speech_final: true,
  from_finalize: false,
  channel: { alternatives: [{ transcript: 'Tell me more about this.', confidence: 0.99, words: [] }] },
  metadata: { request_id: '1', model_info: { name: 'general' } },
}

describe('a message of Deepgram', () => {
  it('is read as its documents write it', () => {
    expect(parseDeepgramMessage(JSON.stringify(results))).toStrictEqual({
      type: 'results',
      text: 'Tell me more about this.',
      isFinal: true,
      speechFinal: true,
      fromFinalize: false,
      endSeconds: 7.5,
    })
    const error = { type: 'Error', description: 'Bad.', message: 'The request', variant: 'SchemaError' }
    expect(parseDeepgramMessage(JSON.stringify(error))).toStrictEqual({
      type: 'error',
      words: 'SchemaError Bad. The request',
    })
    for (const type of ['Metadata', 'SpeechStarted', 'UtteranceEnd', 'SomethingNew']) {
      expect(parseDeepgramMessage(JSON.stringify({ type, channel: [0] }))).toStrictEqual({ type: 'other' })
    }
  })

  it.each(['', '<html>', '17', 'null', '[]', '{}', '{"type":7}', '{"type":"Results"}'])('is not %j', (text) => {
    expect(parseDeepgramMessage(text)).toBeUndefined()
  })

  it('is not one with positions that no stream has', () => {
    for (const start of [-1, 1e12, '5', null]) {
      expect(parseDeepgramMessage(JSON.stringify({ ...results, start }))).toBeUndefined()
    }
  })

  it('brings words only: no control characters, no half characters, no more than a person says', () => {
    const said = (transcript: string) => {
      const message = parseDeepgramMessage(JSON.stringify({ ...results, channel: { alternatives: [{ transcript }] } }))
      return message?.type === 'results' ? message.text : undefined
    }
    expect(said(' a\u0000b\u001b[31m\n\tc ')).toBe('a b [31m c')
    expect(said(`x\ud800`)).toBe('x\ufffd')
    expect(said('word '.repeat(5000))?.length).toBeLessThanOrEqual(4000)
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        const found = said(text) ?? ''
        expect(found.isWellFormed()).toBe(true)
        expect(found).not.toMatch(/\p{Cc}/u)
      }),
    )
  })

  it('never throws, whatever comes', () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string(), fc.uint8Array()), (data) => {
        parseDeepgramMessage(data)
      }),
    )
  })
})
