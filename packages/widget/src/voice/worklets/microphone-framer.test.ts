import { expect, test } from 'vitest'
import { MicrophoneFramer } from './microphone-framer.ts'

const loud = (length: number) => new Float32Array(length).fill(0.5)

test('cuts 20 ms of 16 kHz, with the level of each', () => {
  const framer = new MicrophoneFramer({ inputRate: 48_000, muted: false })
  const frames = [...Array.from({ length: 100 }, () => framer.push(loud(128)))].flat()
  expect(frames.length).toBe(13)
  expect(new Set(frames.map(({ pcm }) => pcm.byteLength))).toEqual(new Set([640]))
  expect(frames.at(-1)?.level).toBeCloseTo(0.5, 2)
  expect(new Int16Array(frames.at(-1)?.pcm ?? new ArrayBuffer())[100]).toBe(Math.round(0.5 * 32_767))
})

test('muted, it goes on in zeros, from within the frame that was begun', () => {
  const framer = new MicrophoneFramer({ inputRate: 16_000, muted: false })
  framer.push(loud(200))
  framer.setMuted(true)
  const [first, second] = framer.push(loud(600))
  for (const frame of [first, second]) {
    expect([...new Int16Array(frame?.pcm ?? new ArrayBuffer(2))].every((sample) => sample === 0)).toBe(true)
    expect(frame?.level).toBe(0)
  }
})

test('is held to what 16 bits can say', () => {
  const framer = new MicrophoneFramer({ inputRate: 16_000, muted: false })
  const [frame] = framer.push(new Float32Array(700).fill(3))
  expect(Math.max(...new Int16Array(frame?.pcm ?? new ArrayBuffer()))).toBe(32_767)
})
