/**
 * Threat: what was cleared as it was written becomes a forbidden sentence as it sounds, because this voice reads signs, numbers
 * and short forms out, takes accents off or is silent about what it cannot read; or a text made for it keeps the one thread of all
 * sessions busy.
 * Rule: a sound leaves when the text that flite was given and the words that flite says it has made of it have both passed the
 * gate; letters that it would leave out are refused. What costs much is computed in pieces.
 * On failure: the utterance fails as bad_request; nothing of the sound leaves, and nothing of it counts as heard.
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
import { affordablePieces } from './affordable-pieces.ts'
import type { FliteVoices } from './create-flite-voices.ts'
import { speakableText } from './speakable-text.ts'
import type { SpokenJudge } from './spoken-judge.ts'

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

  async function* speak(units: UnitQueue, signal: AbortSignal): AsyncGenerator<SpokenAudio, void, undefined> {
    const held = new HeldSound()
    try {
      for (;;) {
        const unit = await units.next(signal)
        if (unit === undefined) {
          if (!judge.end()) throw withheld()
          return yield* played(held.takeAll(), signal)
        }
        const text = speakable(unit)
        held.isGiven(allowed(judge.asGiven(`${text} `)), text.length + 1)
        // Signs alone are not spoken, so they cost nothing.
        if (text !== '') charactersUsed += unit.length
        const pieces = affordablePieces(text)
        for (const [nth, piece] of pieces.entries()) {
          const { pcm, words } = await voices.speak({ voice, text: piece }, signal)
          const isLast = nth === pieces.length - 1
          const heard = `${wordsIn(words)}${isLast ? endOf(piece) : ' '}`
          held.add({ pcm, characters: isLast ? unit.length : 0, words: heard.length })
          held.isHeard(allowed(judge.asHeard(heard)))
          yield* played(held.take(), signal)
          // What waits for the words behind it is no voice that stalls.
          if (isLast && held.isWaiting) yield nothing
        }
        if (pieces.length === 0) held.add({ pcm: new Uint8Array(), characters: unit.length, words: 0 })
      }
    } finally {
      // What was held of an utterance that is over belongs to no other.
      judge.end()
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

function speakable(unit: Cleared): string {
  const text = speakableText(unit)
  if (text !== undefined) return text
  throw new ProviderError('bad_request', 'the built-in voice speaks English, and this has letters of another script')
}

/** Speech without words would be speech that nobody has judged. */
function wordsIn(words: string): string {
  if (/[a-z0-9]/i.test(words)) return words
  throw new ProviderError('bad_request', 'the built-in voice does not tell what it makes of the words')
}

/** The words come without marks, and rules look at sentences. */
function endOf(piece: string): string {
  return /[.!?]["')]*$/.test(piece) ? '. ' : ' '
}

function allowed(length: number | undefined): number {
  if (length === undefined) throw withheld()
  return length
}

function withheld(): ProviderError {
  return new ProviderError('bad_request', 'a rule withholds what this voice makes of the words')
}

function* played(sounds: readonly Sound[], signal: AbortSignal): Generator<SpokenAudio, void, undefined> {
  for (const { pcm, charactersSpoken } of sounds) {
    for (let at = 0; at < pcm.length; at += pieceBytes) {
      const piece = pcm.subarray(at, at + pieceBytes)
      yield at + pieceBytes < pcm.length ? { pcm: piece } : { pcm: piece, charactersSpoken }
      signal.throwIfAborted()
    }
  }
}

const nothing: SpokenAudio = { pcm: new Uint8Array() }

type Sound = { readonly pcm: Uint8Array; readonly charactersSpoken: number }

/** Sound that waits until its text and its words have been allowed: the gate holds what may become a phrase with what follows. */
class HeldSound {
  readonly #sounds: (Sound & { readonly givenEnd: number; readonly heardEnd: number })[] = []
  /** Of all that came, and of that what was allowed. */
  #given = { length: 0, allowed: 0 }
  #heard = { length: 0, allowed: 0 }
  #characters = 0

  isGiven(allowedNow: number, length: number): void {
    this.#given = { length: this.#given.length + length, allowed: this.#given.allowed + allowedNow }
  }

  isHeard(allowedNow: number): void {
    this.#heard.allowed += allowedNow
  }

  /** `words`: the length of what is heard in it. The blank between two of them may wait for the second. */
  add({ pcm, characters, words }: { pcm: Uint8Array; characters: number; words: number }): void {
    this.#characters += characters
    this.#heard.length += words
    this.#sounds.push({
      pcm,
      charactersSpoken: this.#characters,
      givenEnd: this.#given.length - 1,
      heardEnd: this.#heard.length - Math.min(1, words),
    })
  }

  get isWaiting(): boolean {
    return this.#sounds.length > 0
  }

  take(): readonly Sound[] {
    const waits = this.#sounds.findIndex(
      ({ givenEnd, heardEnd }) => givenEnd > this.#given.allowed || heardEnd > this.#heard.allowed,
    )
    return this.#sounds.splice(0, waits < 0 ? this.#sounds.length : waits)
  }

  takeAll(): readonly Sound[] {
    return this.#sounds.splice(0)
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
