import { createRequire } from 'node:module'
import { listeningRate } from '../../providers/speech-to-text-port.ts'
import type { ListeningProfile } from './listening-profile.ts'
import { type EmscriptenModule, loadEmscripten } from './load-emscripten.ts'

/**
 * `started`: somebody has been speaking for so long that it counts; `agoMs` of sound have come since they began.
 * `stopped`: they have paused for so long that it counts; `agoMs` since their last frame of speech.
 */
export type VoiceActivityEvent = { readonly type: 'started' | 'stopped'; readonly agoMs: number }

/** Tells speech from everything else, in the time of the sound itself: no clock, no timer. */
export type VoiceActivity = {
  /** 16 kHz s16le, one channel, of any length; judged by frames of 20 ms, what is left over waits for the next push. */
  readonly push: (pcm: Uint8Array) => readonly VoiceActivityEvent[]
  /** No more sound comes, as from a microphone that was switched off: whoever was speaking has stopped. */
  readonly breakOff: () => readonly VoiceActivityEvent[]
  /** Twice is once; a push afterwards hears nothing. */
  readonly close: () => void
}

export type MakeVoiceActivity = (options: {
  readonly profile: Pick<ListeningProfile, 'vad_confidence' | 'vad_start_secs' | 'vad_stop_secs' | 'vad_min_volume'>
  /** The detector has failed and is deaf from here on: no speech is ever reported again. Called once. */
  readonly onFault: (cause: unknown) => void
}) => VoiceActivity

/**
 * Loads the voice activity detector of WebRTC, once for the process; every session has a handle of its own in it. A frame takes
 * 3 us.
 */
export async function loadVoiceActivity(module: Promise<EmscriptenModule> = loadFvad()): Promise<MakeVoiceActivity> {
  const fvad = takeFvad(await module)
  return (options) => new FvadActivity(fvad, options)
}

/** Frames of silence or of speech are counted; one missing frame does not end a beginning. */
class FvadActivity implements VoiceActivity {
  readonly #fvad: Fvad
  readonly #onFault: (cause: unknown) => void
  readonly #startFrames: number
  readonly #stopFrames: number
  readonly #minVolume: number
  #handle: number
  /** The beginning of a frame whose end has not come. */
  readonly #rest = new Uint8Array(frameBytes)
  #restLength = 0
  #speaking = false
  /** Since the first frame of speech of what may be a beginning. */
  #framesSinceFirst = 0
  #framesSinceLast = 0

  constructor(fvad: Fvad, { profile, onFault }: Parameters<MakeVoiceActivity>[0]) {
    this.#fvad = fvad
    this.#onFault = onFault
    this.#startFrames = framesOf(profile.vad_start_secs)
    this.#stopFrames = framesOf(profile.vad_stop_secs)
    this.#minVolume = profile.vad_min_volume
    this.#handle = fvad.create()
    if (this.#handle === 0) throw new Error('no memory for a voice activity detector')
    fvad.setMode(this.#handle, modeOf(profile.vad_confidence))
    fvad.setSampleRate(this.#handle, listeningRate)
  }

  readonly push = (pcm: Uint8Array): readonly VoiceActivityEvent[] => {
    let events = none
    let at = 0
    while (at < pcm.length && this.#handle !== 0) {
      const taken = Math.min(frameBytes - this.#restLength, pcm.length - at)
      this.#rest.set(pcm.subarray(at, at + taken), this.#restLength)
      this.#restLength += taken
      at += taken
      if (this.#restLength < frameBytes) break
      this.#restLength = 0
      const event = this.#count(this.#isSpeech())
      if (event !== undefined) events = [...events, event]
    }
    // Deaf by a fault: whoever was speaking would be waited for without an end.
    if (this.#handle === 0 && this.#speaking) events = [...events, this.#stop()]
    return events
  }

  readonly breakOff = (): readonly VoiceActivityEvent[] => {
    this.#restLength = 0
    this.#framesSinceFirst = 0
    return this.#speaking ? [this.#stop()] : none
  }

  readonly close = (): void => {
    if (this.#handle !== 0) this.#fvad.free(this.#handle)
    this.#handle = 0
    this.#speaking = false
  }

  #count(isSpeech: boolean): VoiceActivityEvent | undefined {
    this.#framesSinceLast = isSpeech ? 0 : this.#framesSinceLast + 1
    if (this.#speaking) return this.#framesSinceLast >= this.#stopFrames ? this.#stop() : undefined
    if (this.#framesSinceLast > missingFrames) this.#framesSinceFirst = 0
    else if (isSpeech || this.#framesSinceFirst > 0) this.#framesSinceFirst += 1
    if (!isSpeech || this.#framesSinceFirst < this.#startFrames) return undefined
    this.#speaking = true
    return { type: 'started', agoMs: this.#framesSinceFirst * frameMs }
  }

  #stop(): VoiceActivityEvent {
    this.#speaking = false
    this.#framesSinceFirst = 0
    return { type: 'stopped', agoMs: this.#framesSinceLast * frameMs }
  }

  /** Fails closed: what cannot be judged is no speech, then and afterwards, and the fault is told. */
  #isSpeech(): boolean {
    if (volumeOf(this.#rest) < this.#minVolume) return false
    try {
      const { memory, frameAt, judge } = this.#fvad
      memory().set(this.#rest, frameAt)
      const verdict = judge(this.#handle, frameAt, frameSamples)
      if (verdict === 0 || verdict === 1) return verdict === 1
      throw new Error(`the detector answered ${verdict}`)
    } catch (error) {
      // The handle is left where it is: who cannot judge cannot be trusted to free, either.
      this.#handle = 0
      this.#onFault(error)
      return false
    }
  }
}

/** Root mean square as a part of full scale. */
function volumeOf(frame: Uint8Array): number {
  const samples = new Int16Array(frame.buffer, frame.byteOffset, frameSamples)
  let sum = 0
  for (const sample of samples) sum += sample * sample
  return Math.sqrt(sum / frameSamples) / fullScale
}

function framesOf(seconds: number): number {
  return Math.max(1, Math.round((seconds * 1000) / frameMs))
}

/** The detector gives no probability, but has four degrees of strictness: 0 hears most, 3 wants to be sure. */
function modeOf(confidence: number): number {
  return Math.min(3, Math.max(0, Math.floor(confidence * 4)))
}

function loadFvad(): Promise<EmscriptenModule> {
  const loaded: unknown = createRequire(import.meta.url)('@echogarden/fvad-wasm')
  return loadEmscripten(loaded, '@echogarden/fvad-wasm 0.2')
}

type Fvad = ReturnType<typeof takeFvad>

function takeFvad({ take, memory }: EmscriptenModule) {
  return {
    memory,
    create: take('_fvad_new'),
    free: take('_fvad_free'),
    setMode: take('_fvad_set_mode'),
    setSampleRate: take('_fvad_set_sample_rate'),
    judge: take('_fvad_process'),
    /** Shared by all sessions: nothing else runs between what is put in and what is judged. */
    frameAt: take('_malloc')(frameBytes),
  }
}

/** The detector takes frames of 10, 20 or 30 ms; players and clients use 20. */
const frameMs = 20
const frameSamples = (listeningRate * frameMs) / 1000
const frameBytes = frameSamples * 2
/** Plosives open with a gap; two in a row are a pause. */
const missingFrames = 1
const fullScale = 32_768
const none: readonly VoiceActivityEvent[] = []
