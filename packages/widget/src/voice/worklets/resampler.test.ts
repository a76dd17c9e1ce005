import { describe, expect, test } from 'vitest'
import { Resampler } from './resampler.ts'

function sine(hertz: number, rate: number, seconds: number): Float32Array {
  return Float32Array.from({ length: rate * seconds }, (_, index) => Math.sin((2 * Math.PI * hertz * index) / rate))
}

/** Fed as a browser feeds it: 128 samples at a time. */
function resample(input: Float32Array, rate: number): number[] {
  const resampler = new Resampler(rate, 16_000)
  const output: number[] = []
  for (let at = 0; at < input.length; at += 128) output.push(...resampler.push(input.subarray(at, at + 128)))
  return output
}

/** How much of a frequency is in it, relative to a full sine. */
function share(samples: readonly number[], hertz: number): number {
  let [cosine, sine] = [0, 0]
  for (const [index, sample] of samples.entries()) {
    cosine += sample * Math.cos((2 * Math.PI * hertz * index) / 16_000)
    sine += sample * Math.sin((2 * Math.PI * hertz * index) / 16_000)
  }
  return (2 * Math.hypot(cosine, sine)) / samples.length
}

describe.each([8000, 16_000, 22_050, 44_100, 48_000, 96_000])('from %i Hz', (rate) => {
  test('as many samples come out as the rates say, but for half a filter', () => {
    const output = resample(sine(440, rate, 2), rate)
    expect(32_000 - output.length).toBeGreaterThanOrEqual(0)
    expect(32_000 - output.length).toBeLessThan(64)
  })

  test('speech keeps its pitch and its strength', () => {
    const output = resample(sine(1000, rate, 2), rate).slice(1000, 25_000)
    expect(share(output, 1000)).toBeGreaterThan(0.99)
    expect(share(output, 1000)).toBeLessThan(1.01)
    expect(share(output, 1250)).toBeLessThan(0.001)
  })
})

test('what lies above the new band is gone, and does not fold back into speech', () => {
  for (const hertz of [9000, 10_000, 15_000, 20_000]) {
    const output = resample(sine(hertz, 48_000, 1), 48_000).slice(1000)
    expect(Math.max(...output.map(Math.abs)), `${hertz} Hz`).toBeLessThan(0.001)
  }
})

test('the pieces in which it comes make no difference', () => {
  const input = sine(777, 44_100, 0.5)
  const whole = new Resampler(44_100, 16_000).push(input)
  expect(resample(input, 44_100)).toEqual([...whole])
})
