import { createRequire } from 'node:module'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { loadEmscripten } from './load-emscripten.ts'
import { type CreateResampler, loadResampler } from './resample.ts'
import { joinClips, noiseClip, toneClip } from './test-harness/clip-speech.ts'

let createResampler: CreateResampler
beforeAll(async () => {
  createResampler = await loadResampler()
})

const samplesOf = (pcm: Uint8Array): Int16Array => new Int16Array(new Uint8Array(pcm).buffer)

/** How much of one frequency is in a piece of sound: its amplitude as a part of full scale (Goertzel). */
function amplitudeOf(pcm: Uint8Array, hertz: number, rate: number): number {
  const samples = samplesOf(pcm)
  let real = 0
  let imaginary = 0
  for (const [at, sample] of samples.entries()) {
    real += sample * Math.cos((2 * Math.PI * hertz * at) / rate)
    imaginary += sample * Math.sin((2 * Math.PI * hertz * at) / rate)
  }
  return (2 * Math.hypot(real, imaginary)) / samples.length / 32_768
}

function whole(fromRate: number, pcm: Uint8Array, toRate = 16_000): Uint8Array {
  const resampler = createResampler({ fromRate, toRate })
  const made = resampler.push(pcm)
  resampler.close()
  return made
}

function inPieces(fromRate: number, pcm: Uint8Array, lengths: readonly number[]): Uint8Array {
  const resampler = createResampler({ fromRate, toRate: 16_000 })
  const pieces: Uint8Array[] = []
  let at = 0
  for (let turn = 0; at < pcm.length; turn += 1) {
    const length = lengths[turn % lengths.length] ?? 1
    pieces.push(resampler.push(pcm.subarray(at, at + length)))
    at += length
  }
  resampler.close()
  return joinClips(...pieces)
}

describe('a resampler', () => {
  it.each([8000, 24_000, 44_100, 48_000])('keeps the frequency and the level of a tone from %i Hz', (rate) => {
    const made = whole(rate, toneClip({ hertz: 1000, rate, ms: 1000 }))

    expect(amplitudeOf(made, 1000, 16_000)).toBeCloseTo(0.5, 1)
    expect(amplitudeOf(made, 1100, 16_000)).toBeLessThan(0.01)
    // The end of the sound is still in the filter.
    expect(samplesOf(made).length).toBeGreaterThan(15_800)
    expect(samplesOf(made).length).toBeLessThanOrEqual(16_000)
  })

  it('does not fold what 16 kHz cannot hold into what can be heard', () => {
    const made = whole(48_000, toneClip({ hertz: 11_000, rate: 48_000, ms: 1000 }))

    expect(amplitudeOf(made, 5000, 16_000)).toBeLessThan(0.005)
  })

  it.each([8000, 24_000, 48_000])('gives the same in pieces of any length as at once, from %i Hz', (rate) => {
    const sound = noiseClip(300, 0.2)
    const expected = whole(rate, sound)
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 5000 }), { minLength: 1, maxLength: 12 }), (lengths) => {
        expect(Buffer.compare(inPieces(rate, sound, lengths), expected)).toBe(0)
      }),
      { numRuns: 25 },
    )
  })

  it('gives nothing for nothing, and what comes back stays as it is', () => {
    const resampler = createResampler({ fromRate: 48_000, toRate: 16_000 })
    const first = resampler.push(noiseClip(60, 0.2))
    const before = Buffer.from(first)
    resampler.push(noiseClip(60, 0.1))

    expect(resampler.push(new Uint8Array(0))).toHaveLength(0)
    expect(Buffer.compare(first, before)).toBe(0)
    resampler.close()
  })

  it('keeps two streams apart', () => {
    const tone = toneClip({ hertz: 1000, rate: 48_000, ms: 200 })
    const ours = createResampler({ fromRate: 48_000, toRate: 16_000 })
    const theirs = createResampler({ fromRate: 48_000, toRate: 16_000 })
    const half = tone.length / 2

    const first = ours.push(tone.subarray(0, half))
    theirs.push(noiseClip(100, 0.3))
    const second = ours.push(tone.subarray(half))

    expect(Buffer.compare(joinClips(first, second), whole(48_000, tone))).toBe(0)
    ours.close()
    theirs.close()
  })

  it('hands sound on that has the rate already', () => {
    const resampler = createResampler({ fromRate: 16_000, toRate: 16_000 })
    const sound = noiseClip(20, 0.2)

    expect(resampler.push(sound)).toBe(sound)
    resampler.close()
    expect(resampler.push(sound)).toHaveLength(0)
  })

  it('gives nothing after it was closed, twice too', () => {
    const resampler = createResampler({ fromRate: 48_000, toRate: 16_000 })
    resampler.close()
    resampler.close()

    expect(resampler.push(noiseClip(20, 0.2))).toHaveLength(0)
  })

  it('refuses a rate of nothing', () => {
    expect(() => createResampler({ fromRate: 0, toRate: 16_000 })).toThrow(RangeError)
  })

  it('opens and closes 40,000 streams in the memory that it has', async () => {
    const loaded: unknown = createRequire(import.meta.url)('@echogarden/speex-resampler-wasm/simd')
    const module = await loadEmscripten(loaded, 'the resampler')
    const createOne = await loadResampler(Promise.resolve(module))
    const before = module.memory().length
    for (let at = 0; at < 40_000; at += 1) {
      const resampler = createOne({ fromRate: 48_000, toRate: 16_000 })
      resampler.push(emptyFrame)
      resampler.close()
    }

    expect(module.memory()).toHaveLength(before)
  })
})

const emptyFrame = new Uint8Array(1920)
