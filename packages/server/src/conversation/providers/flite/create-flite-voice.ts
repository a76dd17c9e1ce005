import type { fliteVoices } from '@hyponema/contract'
import type { Cleared } from '../../../kernel/cleared.ts'
import { ProviderError } from '../provider-error.ts'
import { type SpokenAudio, speechRate, type TextToSpeechPort, type Utterance } from '../text-to-speech-port.ts'
import type { FliteVoices } from './create-flite-voices.ts'
import { speakableText } from './speakable-text.ts'

/** A piece is played before the next one is looked at: short, so that nothing holds a whole unit for its last word. */
const pieceBytes = (speechRate * 2 * 200) / 1000

/** The voice of one session that speaks offline. One unit at a time is computed, and only when the one before has been taken. */
export function createFliteVoice(options: {
  voices: FliteVoices
  voice: (typeof fliteVoices)[number]
}): TextToSpeechPort {
  const { voices, voice } = options
  const closed = new AbortController()
  let charactersUsed = 0
  voices.warm()

  async function* speak(units: UnitQueue, signal: AbortSignal): AsyncGenerator<SpokenAudio, void, undefined> {
    let charactersSpoken = 0
    for (;;) {
      const unit = await units.next(signal)
      if (unit === undefined) return
      charactersSpoken += unit.length
      const text = speakableText(unit)
      if (text === '') continue
      charactersUsed += unit.length
      const pcm = await voices.speak({ voice, text }, signal)
      for (let at = 0; at < pcm.length; at += pieceBytes) {
        const piece = pcm.subarray(at, at + pieceBytes)
        yield at + pieceBytes < pcm.length ? { pcm: piece } : { pcm: piece, charactersSpoken }
        signal.throwIfAborted()
      }
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
