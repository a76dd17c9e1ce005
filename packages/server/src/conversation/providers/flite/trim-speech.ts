import type { Wave } from './read-wave.ts'

/** Below it there is nothing that a person hears: flite's voices breathe at a tenth of it and speak at thirty times. */
const quiet = 300
/** Flite is silent for a fifth of a second before each text. So much of it stays, for the soft beginnings of words. */
const keptMs = 40
/** What is cut begins and ends without a click. */
const fadeMs = 4

/** The speech without the silence before it, so that people wait less; its pause at the end stays. Undefined where there is only silence. */
export function trimSpeech({ rate, pcm }: Wave): Wave | undefined {
  const samples = new Int16Array(pcm.slice().buffer)
  const first = samples.findIndex((sample) => Math.abs(sample) > quiet)
  if (first === -1) return undefined
  const kept = samples.slice(Math.max(0, first - Math.round((keptMs * rate) / 1000)))
  const fade = Math.min(kept.length, Math.round((fadeMs * rate) / 1000))
  for (let at = 0; at < fade; at++) {
    const last = kept.length - 1 - at
    kept[at] = ((kept[at] ?? 0) * at) / fade
    kept[last] = ((kept[last] ?? 0) * at) / fade
  }
  return { rate, pcm: new Uint8Array(kept.buffer) }
}
