import { describe, expect, test } from 'vitest'
import { loadResampler } from '../../pipeline/voice/resample.ts'
import type { AudioFrame } from './client-frame.ts'
import { opusLoader } from './load-opus.ts'
import { Microphone } from './microphone.ts'

const createResampler = await loadResampler()
const opus = await opusLoader()()
const frame = (of: Partial<AudioFrame>): AudioFrame => ({
  kind: 'audio',
  sound: new Uint8Array(640),
  isOpus: false,
  sampleRate: 16_000,
  channels: 1,
  ...of,
})

describe('the microphone of a socket', () => {
  test.each([8_000, 16_000, 24_000, 32_000, 44_100, 48_000])('hears %i Hz as 16 kHz', (sampleRate) => {
    const microphone = new Microphone(createResampler)
    const second = frame({ sampleRate, sound: new Uint8Array(sampleRate * 2) })
    expect(microphone.lengthMs(second)).toBe(1000)
    const heard = microphone.hear(second)?.byteLength
    // A filter keeps a few samples back.
    expect(heard).toBeGreaterThan(31_500)
    expect(heard).toBeLessThanOrEqual(32_000)
    microphone.close()
  })

  test('takes a frame without rate and channels for what clients send', () => {
    expect(new Microphone(createResampler).lengthMs(frame({ sampleRate: 0, channels: 0 }))).toBe(20)
  })

  test.each([
    ['half a sample', { sound: new Uint8Array(639) }],
    ['two channels', { channels: 2 }],
    ['a rate that nobody has', { sampleRate: 16_001 }],
    ['a rate beyond all', { sampleRate: 4_294_967_295 }],
  ])('refuses %s', (_name, of) => {
    expect(new Microphone(createResampler).lengthMs(frame(of))).toBeUndefined()
  })

  test('refuses another rate in the middle, and goes on knowing the first', () => {
    const microphone = new Microphone(createResampler)
    expect(microphone.lengthMs(frame({}))).toBe(20)
    expect(microphone.lengthMs(frame({ sampleRate: 48_000 }))).toBeUndefined()
    expect(microphone.lengthMs(frame({ sampleRate: 0 }))).toBe(20)
  })

  test('hands on memory of its own, so that nothing holds the bytes of the socket', () => {
    const microphone = new Microphone(createResampler)
    const bytes = new Uint8Array(700).fill(1)
    const sent = frame({ sound: bytes.subarray(1, 641) })
    microphone.lengthMs(sent)
    const heard = microphone.hear(sent)
    bytes.fill(9)
    expect(heard?.every((byte) => byte === 1)).toBe(true)
    expect((heard?.byteOffset ?? 1) % 2).toBe(0)
  })

  test('of Opus takes one packet a frame, and knows its length before it is decoded', () => {
    const microphone = new Microphone(createResampler)
    microphone.decodeWith(opus.createDecoder())
    const packet = frame({ sound: opus.createEncoder().encode(new Uint8Array(960)), isOpus: true })
    expect(microphone.lengthMs(packet)).toBe(20)
    expect(microphone.hear(packet)?.byteLength).toBe(640)
    expect(microphone.lengthMs(frame({ sound: Uint8Array.of(0xfb, 6), isOpus: true }))).toBe(120)
  })

  test.each([
    ['samples', {}],
    ['an empty packet', { isOpus: true, sound: new Uint8Array(0) }],
    ['a packet of two channels', { isOpus: true, sound: Uint8Array.of(0xfc, 1) }],
    ['a packet in a frame of two channels', { isOpus: true, sound: Uint8Array.of(0xf8, 1), channels: 2 }],
  ])('of Opus refuses %s', (_name, of) => {
    const microphone = new Microphone(createResampler)
    microphone.decodeWith(opus.createDecoder())
    expect(microphone.lengthMs(frame(of))).toBeUndefined()
  })

  test('that was not agreed on refuses a packet of Opus', () => {
    const packet = frame({ sound: Uint8Array.of(0xf8, 1), isOpus: true })
    expect(new Microphone(createResampler).lengthMs(packet)).toBeUndefined()
  })

  test('hears nothing once it is closed', () => {
    const microphone = new Microphone(createResampler)
    microphone.lengthMs(frame({}))
    microphone.close()
    expect(microphone.hear(frame({}))?.byteLength).toBe(0)
  })
})
