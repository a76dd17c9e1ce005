/**
 * Threat: what was cleared as it was written becomes a forbidden sentence as it sounds, because this voice reads signs out,
 * takes accents off or is silent about what it cannot read.
 * Rule: the words that flite is given have passed the gate as they are given; letters that it would leave out are refused.
 * On failure: the utterance fails as bad_request; nothing of the unit is computed, and nothing of it counts as heard.
 */
import type { fliteVoices } from '@hyponema/contract'
import type { Cleared } from '../../../kernel/cleared.ts'
import { ProviderError } from '../provider-error.ts'
import {
  type SpokenAudio,
  speechBytesPerSecond,
  type TextToSpeechPort,
  type Utterance,
} from '../text-to-speech-port.ts'
import type { FliteVoices } from './create-flite-voices.ts'
import { speakableText } from './speakable-text.ts'

/** Judges text as it will sound; undefined is a refusal. What is not returned is held until more is known. */
export type SpokenJudge = {
  readonly speakAs: (text: string) => Cleared | undefined
  readonly endSpeech: () => Cleared | undefined
}

/** A piece is played before the next one is looked at: short, so that nothing holds a whole unit for its last word. */
const pieceBytes = (speechBytesPerSecond * 200) / 1000

/** The voice of one session that speaks offline. One unit at a time is computed, and only when the one before has been taken. */
export function createFliteVoice(options: {
  voices: FliteVoices
  voice: (typeof fliteVoices)[number]
  judge: SpokenJudge
}): TextToSpeechPort {
  const { voices, voice, judge } = options
  const closed = new AbortController()
  let charactersUsed = 0
  voices.warm()

  function judged(unit: Cleared | undefined): { readonly text: string; readonly length: number } {
    const sound = unit === undefined ? '' : speakableText(unit)
    if (sound === undefined) {
      throw new ProviderError(
        'bad_request',
        'the built-in voice speaks English, and this has letters of another script',
      )
    }
    const text = unit === undefined ? judge.endSpeech() : judge.speakAs(`${sound} `)
    if (text === undefined)
      throw new ProviderError('bad_request', 'a rule withholds what this voice makes of the words')
    return { text, length: unit === undefined ? 0 : sound.length + 1 }
  }

  async function* speak(units: UnitQueue, signal: AbortSignal): AsyncGenerator<SpokenAudio, void, undefined> {
    const progress = new UnitProgress()
    try {
      for (;;) {
        const unit = await units.next(signal)
        const { text, length } = judged(unit)
        progress.take(unit?.length ?? 0, length)
        // Signs alone are not spoken, so they cost nothing.
        if (length > 1) charactersUsed += unit?.length ?? 0
        const charactersSpoken = progress.release(text.length)
        if (/[a-z0-9]/i.test(text)) {
          const pcm = await voices.speak({ voice, text: text.trim() }, signal)
          for (let at = 0; at < pcm.length; at += pieceBytes) {
            const piece = pcm.subarray(at, at + pieceBytes)
            yield at + pieceBytes < pcm.length ? { pcm: piece } : { pcm: piece, charactersSpoken }
            signal.throwIfAborted()
          }
        }
        if (unit === undefined) return
      }
    } finally {
      // What was held of an utterance that is over belongs to no other.
      judge.endSpeech()
    }
  }

  return {
    open: (signal): Utterance => {
      const units = new UnitQueue()
      return {
        say: (unit) => units.push(unit),
        end: () => units.end(),
        audio: speak(units, AbortSignal.any([signal, closed.signal])),
      }
    },
    charactersUsed: () => charactersUsed,
    close: () => closed.abort(new ProviderError('unavailable', 'the voice was closed')),
  }
}

/** How many characters of the units have been spoken, when what is spoken is another text that may be held. */
class UnitProgress {
  readonly #ends: { readonly sound: number; readonly characters: number }[] = []
  #sound = 0
  #characters = 0
  #released = 0

  take(characters: number, soundLength: number): void {
    this.#sound += soundLength
    this.#characters += characters
    // The blank between two units may wait for the second.
    this.#ends.push({ sound: this.#sound - Math.min(1, soundLength), characters: this.#characters })
  }

  release(length: number): number {
    this.#released += length
    return this.#ends.findLast(({ sound }) => sound <= this.#released)?.characters ?? 0
  }
}

/** Units on their way to the one who speaks them. */
class UnitQueue {
  readonly #units: Cleared[] = []
  #isEnded = false
  #wake: () => void = () => undefined

  push(unit: Cleared): void {
    if (this.#isEnded) return
    this.#units.push(unit)
    this.#wake()
  }

  end(): void {
    this.#isEnded = true
    this.#wake()
  }

  /** Undefined: there are no more. Throws the signal's reason. */
  async next(signal: AbortSignal): Promise<Cleared | undefined> {
    signal.throwIfAborted()
    if (this.#units.length === 0 && !this.#isEnded) await this.#change(signal)
    return this.#units.shift()
  }

  #change(signal: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const onAbort = (): void => reject(signal.reason)
    signal.addEventListener('abort', onAbort, { once: true })
    this.#wake = resolve
    return promise.finally(() => signal.removeEventListener('abort', onAbort))
  }
}
