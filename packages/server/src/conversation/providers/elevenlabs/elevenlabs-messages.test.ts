import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseElevenLabsMessage } from './elevenlabs-messages.ts'

const nothing = { contextId: undefined, audio: undefined, characters: undefined, isFinal: false, error: undefined }

describe('a message of ElevenLabs', () => {
  it('is read as its documents write it, in both spellings', () => {
    const alignment = { chars: ['H', 'i'], charStartTimesMs: [0, 50], charDurationsMs: [50, 50] }
    const audio = { audio: 'AQID', isFinal: null, alignment, normalizedAlignment: null, contextId: 'a' }
    expect(parseElevenLabsMessage(JSON.stringify(audio))).toStrictEqual({
      ...nothing,
      contextId: 'a',
      audio: Buffer.from([1, 2, 3]),
      characters: [
        { text: 'H', endMs: 50 },
        { text: 'i', endMs: 100 },
      ],
    })
    const last = { ...nothing, contextId: 'a', isFinal: true }
    expect(parseElevenLabsMessage('{"isFinal":true,"contextId":"a"}')).toStrictEqual(last)
    expect(parseElevenLabsMessage('{"is_final":true,"context_id":"a","audio":null}')).toStrictEqual(last)
    expect(
      parseElevenLabsMessage('{"message":"Over.","error":"quota_exceeded","code":1008,"contextId":null}'),
    ).toStrictEqual({ ...nothing, error: 'quota_exceeded Over. 1008' })
  })

  it('has characters without times where these are missing', () => {
    const message = parseElevenLabsMessage(
      '{"audio":"AAAA","contextId":"a","alignment":{"chars":["a"],"charStartTimesMs":[]}}',
    )
    expect(message?.characters).toStrictEqual([{ text: 'a', endMs: Number.POSITIVE_INFINITY }])
  })

  it('is read without an alignment that nobody can read', () => {
    expect(parseElevenLabsMessage('{"audio":"AAAA","contextId":"a","alignment":{"chars":[1]}}')).toMatchObject({
      contextId: 'a',
      characters: undefined,
    })
  })

  it.each(['', '<html>', '17', 'null', '[]', '{"audio":7}', '{"audio":"not base64!"}', '{"isFinal":"yes"}'])(
    'is not %j',
    (text) => {
      expect(parseElevenLabsMessage(text)).toBeUndefined()
    },
  )

  it('never throws, whatever comes', () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string(), fc.uint8Array()), (data) => {
        parseElevenLabsMessage(data)
      }),
    )
  })
})
