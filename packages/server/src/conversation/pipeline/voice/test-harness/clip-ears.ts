import type { SpeechToTextEvent, SpeechToTextPort } from '../../../providers/speech-to-text-port.ts'
import { Listening, type ListeningEvents } from '../listening.ts'
import { builtInProfile, type ListeningProfile } from '../listening-profile.ts'
import type { MakeVoiceActivity } from '../voice-activity.ts'
import { silenceClip } from './clip-speech.ts'
import { ManualTimers } from './clip-timers.ts'

const frameMs = 20
const frameBytes = 640

/**
 * Ears whose provider is spoken by hand. What comes out of them is written into `told`, in order; sound goes in at the pace at
 * which it was spoken, so that time and sound pass together.
 */
export class TestEars {
  readonly timers = new ManualTimers()
  readonly told: string[] = []
  readonly provider = { bytes: 0, finalizes: 0, closes: 0 }
  readonly faults: unknown[] = []
  readonly ears: Listening
  #onEvent: (event: SpeechToTextEvent) => void = () => undefined
  #unplayed: Uint8Array = new Uint8Array(0)

  constructor(options: {
    readonly makeVoiceActivity: MakeVoiceActivity
    readonly profile?: Partial<ListeningProfile>
    readonly language?: string
    readonly signal?: AbortSignal
    /** Called before an event is written down. */
    readonly onEvent?: (told: string) => void
  }) {
    const { makeVoiceActivity, profile, language = 'en', signal, onEvent } = options
    const tell = (told: string): void => {
      onEvent?.(told)
      this.told.push(told)
    }
    this.ears = new Listening({
      speechToText: this.#port(),
      makeVoiceActivity,
      profile: { ...builtInProfile, ...profile },
      language,
      signal,
      events: eventsInto(tell),
      log: (_, error) => this.faults.push(error),
      timers: this.timers,
    })
  }

  /** Sound, frame by frame. Stops as soon as something that begins like `until` was told. */
  play(sound: Uint8Array, until?: string): this {
    const before = this.told.length
    for (let at = 0; at < sound.length; at += frameBytes) {
      this.ears.hear(sound.subarray(at, at + frameBytes))
      this.timers.advance(frameMs)
      this.#unplayed = sound.subarray(at + frameBytes)
      if (until !== undefined && this.told.slice(before).some((told) => told.startsWith(until))) break
    }
    return this
  }

  /** What of the last sound was not played, because of `until`. */
  playOn(): this {
    return this.play(this.#unplayed)
  }

  silence(ms: number, until?: string): this {
    return this.play(silenceClip(ms), until)
  }

  interim(text: string): this {
    this.#onEvent({ type: 'interim', text })
    return this
  }

  final(text: string, endOfTurn = false): this {
    this.#onEvent({ type: 'final', text, endOfTurn })
    return this
  }

  finalized(): this {
    this.#onEvent({ type: 'finalized' })
    return this
  }

  failed(error: Extract<SpeechToTextEvent, { type: 'failed' }>['error']): this {
    this.#onEvent({ type: 'failed', error })
    return this
  }

  agent(phase: Parameters<Listening['agentSpeaks']>[0]): this {
    this.ears.agentSpeaks(phase)
    return this
  }

  /** What was told since the last time, without the transcripts that are only to be shown. */
  heard(): readonly string[] {
    return this.told.splice(0).filter((told) => !told.startsWith('shown'))
  }

  /** What was told since the last time. */
  all(): readonly string[] {
    return this.told.splice(0)
  }

  #port(): SpeechToTextPort {
    return {
      open: ({ onEvent }) => {
        this.#onEvent = onEvent
        return {
          send: (pcm) => {
            this.provider.bytes += pcm.length
          },
          finalize: () => {
            this.provider.finalizes += 1
          },
          close: () => {
            this.provider.closes += 1
          },
          secondsUsed: () => this.provider.bytes / 32_000,
        }
      },
    }
  }
}

function eventsInto(tell: (told: string) => void): ListeningEvents {
  return {
    onSpeechStarted: () => tell('speech started'),
    onSpeechStopped: () => tell('speech stopped'),
    onTranscript: ({ text, final }) => tell(`shown ${final ? 'final' : 'interim'}: ${text}`),
    onBargeIn: (what) => tell(what),
    onUtterance: (text) => tell(`utterance: ${text}`),
    onFailed: ({ code }) => tell(`failed: ${code}`),
  }
}
