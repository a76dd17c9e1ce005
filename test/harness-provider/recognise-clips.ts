/**
 * The ears of the servers for tests: they know some clips and find them in what they hear, by the sound alone. Below 900 Hz the
 * beginning of each clip is correlated with the stream; where it fits, the rest is followed in steps. Silence, noise, other
 * speech, a clip at another speed or with the sound turned off fit nowhere.
 */
import type { SpeechClip } from './make-speech-clips.ts'

/** Samples a second after the low-pass; every 8th of 16,000. */
const coarseRate = 2000
const decimation = 8
/** The part of a clip that has to fit before it is believed: 320 ms. */
const triggerLength = 640
const triggerFit = 0.75
/** It is followed in steps of 160 ms, each up to 20 ms earlier or later than expected. */
const stepLength = 320
const stepFit = 0.65
const drift = 40
/** Steps in a row that may not fit: a click, a lost packet. */
const maxMisses = 2
/** Quieter than this (of 32,768) is silence. */
const audible = 30

export type Heard = {
  readonly words: readonly string[]
  /** The clip has ended, or the stream has left it. */
  readonly isOver: boolean
}

type Known = {
  readonly samples: Float32Array
  readonly begin: number
  readonly trigger: Float32Array
  readonly words: readonly { readonly word: string; readonly end: number }[]
  readonly loudness: number
}

type Following = {
  readonly known: Known
  offset: number
  next: number
  reached: number
  misses: number
  /** A step behind the beginning has fitted, too: one vowel is like another. */
  believed: boolean
}

/** Follows one stream of 16 kHz s16le audio. */
export class ClipRecogniser {
  readonly #known: readonly Known[]
  readonly #lowPass = new LowPass()
  #stream = new Float32Array(0)
  /** Of the stream, in all; `#stream` keeps the end of it. */
  #firstKept = 0
  #searched = 0
  #following: Following | undefined
  #heard: Heard | undefined

  constructor(clips: readonly SpeechClip[]) {
    this.#known = clips.map(prepare)
  }

  /** What is being heard now, from the beginning of its clip. Undefined: nothing that is known. */
  get heard(): Heard | undefined {
    return this.#heard
  }

  /** Forgets a clip that is over. */
  forget(): void {
    this.#heard = undefined
  }

  push(pcm: Uint8Array): void {
    const fresh = this.#lowPass.push(pcm)
    if (fresh.length === 0) return
    const joined = new Float32Array(this.#stream.length + fresh.length)
    joined.set(this.#stream)
    joined.set(fresh, this.#stream.length)
    this.#stream = joined
    for (;;) {
      if (this.#following === undefined && !this.#search()) break
      if (this.#following !== undefined && !this.#follow(this.#following, false)) break
    }
    const keepFrom = Math.max(0, Math.min(this.#searched - this.#firstKept, this.#stream.length) - coarseRate)
    this.#stream = this.#stream.slice(keepFrom)
    this.#firstKept += keepFrom
  }

  /** Judges what has come so far without waiting for more of it. */
  flush(): void {
    while (this.#following !== undefined && this.#follow(this.#following, true)) continue
  }

  /** Looks for the beginning of a clip in what is new; false when there is nothing left to look at. */
  #search(): boolean {
    const end = this.#firstKept + this.#stream.length - triggerLength
    for (; this.#searched <= end; this.#searched += 1) {
      const window = this.#window(this.#searched, triggerLength)
      if (window === undefined || loudnessOf(window) < audible) continue
      for (const known of this.#known) {
        if (fit(known.trigger, window) < triggerFit) continue
        this.#following = {
          known,
          offset: this.#searched - known.begin,
          next: known.begin + triggerLength,
          reached: known.begin + triggerLength,
          misses: 0,
          believed: false,
        }
        return true
      }
    }
    return false
  }

  /** Takes the next step along a clip; false when more of the stream is needed. */
  #follow(following: Following, atOnce: boolean): boolean {
    const { known } = following
    const rest = known.samples.length - following.next
    if (rest <= drift || following.misses > maxMisses) {
      const until = following.misses > 0 ? following.reached : Number.POSITIVE_INFINITY
      if (following.believed) this.#heard = { words: wordsUntil(known, until), isOver: true }
      this.#searched = Math.max(this.#searched, following.offset + following.reached)
      this.#following = undefined
      return true
    }
    const expected = following.offset + following.next
    const available = this.#firstKept + this.#stream.length - expected
    const length = Math.min(stepLength, rest, atOnce ? available : stepLength)
    if (length <= drift || (!atOnce && length + drift > available)) return false
    const step = known.samples.subarray(following.next, following.next + length)
    // A pause of the clip says nothing.
    if (loudnessOf(step) >= known.loudness / 8) this.#compare(following, step, expected)
    following.next += length
    if (following.misses === 0) following.reached = following.next
    this.#searched = Math.max(this.#searched, following.offset + following.reached)
    if (following.believed) this.#heard = { words: wordsUntil(known, following.reached), isOver: false }
    return true
  }

  #compare(following: Following, step: Float32Array, expected: number): void {
    let best = { fit: 0, at: expected }
    const wanted = normalise(step)
    for (let at = expected - drift; at <= expected + drift; at += 1) {
      const window = this.#window(at, step.length)
      const found = window === undefined ? 0 : fit(wanted, window)
      if (found > best.fit) best = { fit: found, at }
    }
    if (best.fit < stepFit) {
      following.misses += 1
      return
    }
    following.misses = 0
    following.believed = true
    following.offset += best.at - expected
  }

  #window(at: number, length: number): Float32Array | undefined {
    const from = at - this.#firstKept
    return from < 0 || from + length > this.#stream.length ? undefined : this.#stream.subarray(from, from + length)
  }
}

/** A windowed sinc of 65 taps with its edge at 800 Hz, and every 8th sample of what comes out. */
class LowPass {
  readonly #taps = Float32Array.from({ length: 65 }, (_, at) => {
    const x = at - 32
    const sinc = x === 0 ? 0.1 : Math.sin(Math.PI * 0.1 * x) / (Math.PI * x)
    return sinc * (0.54 + 0.46 * Math.cos((Math.PI * x) / 32))
  })
  #rest = new Float32Array(64)
  #half: Uint8Array = new Uint8Array(0)

  push(pcm: Uint8Array): Float32Array {
    const bytes = Buffer.concat([this.#half, pcm])
    const count = Math.floor(bytes.length / 2)
    this.#half = bytes.subarray(count * 2)
    const samples = new Float32Array(this.#rest.length + count)
    samples.set(this.#rest)
    for (let at = 0; at < count; at += 1) samples[this.#rest.length + at] = bytes.readInt16LE(at * 2)
    const outputs = Math.max(0, Math.floor((samples.length - this.#taps.length) / decimation) + 1)
    const result = Float32Array.from({ length: outputs }, (_, out) => {
      let sum = 0
      for (let tap = 0; tap < this.#taps.length; tap += 1) {
        sum += (this.#taps[tap] ?? 0) * (samples[out * decimation + tap] ?? 0)
      }
      return sum
    })
    this.#rest = samples.slice(outputs * decimation)
    return result
  }
}

function prepare(clip: SpeechClip): Known {
  const samples = new LowPass().push(clip.pcm)
  const loudness = loudnessOf(samples)
  // Speech begins where 20 ms are a quarter as loud as the whole.
  let begin = 0
  while (begin + triggerLength < samples.length && loudnessOf(samples.subarray(begin, begin + 40)) < loudness / 4) {
    begin += 10
  }
  if (samples.length - begin < triggerLength) throw new Error(`"${clip.transcript}" is too short to be recognised`)
  let end = samples.length
  while (loudnessOf(samples.subarray(end - 40, end)) < loudness / 4) end -= 10
  const trigger = normalise(samples.subarray(begin, begin + triggerLength))
  return { samples, begin, trigger, words: spreadWords(clip, begin, end), loudness }
}

/** Nobody has timed the words: each gets as much of the clip as it has of the letters. */
function spreadWords(clip: SpeechClip, begin: number, end: number): Known['words'] {
  const words = clip.transcript.split(/\s+/).filter((word) => word !== '')
  const letters = words.reduce((sum, word) => sum + word.length, 0)
  let passed = 0
  return words.map((word) => {
    passed += word.length
    return { word, end: begin + ((end - begin) * passed) / letters }
  })
}

function wordsUntil(known: Known, position: number): readonly string[] {
  return known.words.filter(({ end }) => end <= position).map(({ word }) => word)
}

function loudnessOf(samples: Float32Array): number {
  let sum = 0
  for (const sample of samples) sum += sample * sample
  return Math.sqrt(sum / Math.max(1, samples.length))
}

/** With length one. */
function normalise(samples: Float32Array): Float32Array {
  const length = loudnessOf(samples) * Math.sqrt(samples.length)
  return samples.map((sample) => (length === 0 ? 0 : sample / length))
}

/** 1 for the same sound, however loud and whichever way round, as ears have it; 0 for one that has nothing to do with it. */
function fit(normalised: Float32Array, window: Float32Array): number {
  let product = 0
  let energy = 0
  for (let at = 0; at < normalised.length; at += 1) {
    const sample = window[at] ?? 0
    product += (normalised[at] ?? 0) * sample
    energy += sample * sample
  }
  return energy === 0 ? 0 : Math.abs(product) / Math.sqrt(energy)
}
