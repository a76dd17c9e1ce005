/**
 * One utterance: idle -> speaking -> ending -> finished, or failed from each of them.
 * idle: nothing to speak was said yet, no context. speaking: units go out, each flushed; the next audio has a deadline while a
 * unit has brought none. ending: no more units; every next message has a deadline until `isFinal`. An end before the sound of
 * all units has come is a failure. finished, failed: the context is left, timers are gone, `audio` ends or throws. Lost before the first answer on a connection that had only grown old: once
 * more on another.
 */
import type { AppError } from '../../../kernel/app-error.ts'
import type { Cleared } from '../../../kernel/cleared.ts'
import { ProviderError } from '../provider-error.ts'
import { type SpokenAudio, speechBytesPerSecond, type Utterance } from '../text-to-speech-port.ts'
import type { ContextListener, ElevenLabsConnection } from './elevenlabs-connection.ts'
import type { ElevenLabsMessage, TimedCharacter } from './elevenlabs-messages.ts'
import { SpokenCharacters } from './spoken-characters.ts'

export type ElevenLabsDeadlines = {
  readonly connectMs: number
  /** From a unit to its first audio, the connection included. */
  readonly firstAudioMs: number
  /** Between two messages while the provider owes us some. */
  readonly stallMs: number
}

type Options = {
  /** A connection on which an utterance may begin. */
  readonly connection: () => ElevenLabsConnection
  readonly contextId: () => string
  readonly deadlines: ElevenLabsDeadlines
  readonly signal: AbortSignal
  /** Told of every text that goes to the provider. */
  readonly onSaid: (text: string) => void
}

/** A digit of a long number is half a second; nothing else takes as long for a character. */
const maxSecondsPerCharacter = 0.5
/** Three times as fast as people speak. */
const minSecondsPerCharacter = 0.02
/** 100 ms: less than a short word. */
const pieceBytes = speechBytesPerSecond / 10
/** Breath before and behind. */
const spareSeconds = 10
/** What tells the player that the rest is spoken, too, needs a sample; these are 10 ms of silence. */
const silence = new Uint8Array(speechBytesPerSecond / 100)

export class ElevenLabsUtterance implements Utterance, ContextListener {
  readonly #options: Options
  readonly #characters = new SpokenCharacters()
  readonly #pieces: SpokenAudio[] = []
  readonly #said: string[] = []
  #running: { connection: ElevenLabsConnection; contextId: string } | undefined
  #timer: NodeJS.Timeout | undefined
  #wake: (() => void) | undefined
  #ended = false
  #owesAudio = false
  #answered = false
  #aligned = false
  #repeated = false
  #audioBytes = 0
  #oddByte: Uint8Array = new Uint8Array(0)
  #outcome: { readonly error: unknown } | 'finished' | undefined

  constructor(options: Options) {
    this.#options = options
    options.signal.addEventListener('abort', this.#onAbort, { once: true })
    if (options.signal.aborted) this.#onAbort()
  }

  readonly say = (unit: Cleared): void => {
    if (this.#outcome !== undefined || this.#ended) return
    this.#characters.add(unit)
    // Marks alone have no sound: the provider would answer nothing, and we would wait for it.
    if (!hasSound(unit)) return
    this.#said.push(unit)
    this.#running ??= this.#begin()
    this.#pass(unit)
    this.#watch(this.#options.deadlines.firstAudioMs)
  }

  readonly end = (): void => {
    if (this.#outcome !== undefined || this.#ended) return
    this.#ended = true
    if (this.#running === undefined) return this.#conclude('finished')
    this.#running.connection.finish(this.#running.contextId)
    this.#watch(this.#owesAudio ? this.#options.deadlines.firstAudioMs : this.#options.deadlines.stallMs)
  }

  get audio(): AsyncIterable<SpokenAudio> {
    return { [Symbol.asyncIterator]: () => this.#read() }
  }

  onMessage(message: ElevenLabsMessage): void {
    if (this.#outcome !== undefined) return
    this.#answered = true
    if (message.audio !== undefined) {
      this.#owesAudio = false
      if (!this.#take(message.audio, message.characters)) return
    }
    if (message.isFinal) this.#finish()
    // Other messages are no sign of progress: they could go on for ever.
    else if (message.audio !== undefined) this.#watch(this.#options.deadlines.stallMs)
  }

  onLost(error: AppError, wasUsed: boolean): void {
    this.#running = undefined
    const mayRepeat = wasUsed && !this.#answered && !this.#repeated && error instanceof ProviderError
    if (!mayRepeat || (error.kind !== 'unavailable' && error.kind !== 'timeout')) return this.#conclude({ error })
    this.#repeated = true
    this.#running = this.#begin()
    for (const unit of this.#said) this.#pass(unit)
    if (this.#ended) this.#running.connection.finish(this.#running.contextId)
  }

  readonly #onAbort = (): void => this.#conclude({ error: this.#options.signal.reason })

  #begin(): { connection: ElevenLabsConnection; contextId: string } {
    const running = { connection: this.#options.connection(), contextId: this.#options.contextId() }
    running.connection.begin(running.contextId, this)
    return running
  }

  #pass(unit: string): void {
    if (this.#running === undefined) return
    this.#owesAudio = true
    this.#running.connection.say(this.#running.contextId, unit, () => this.#options.onSaid(unit))
  }

  /** While something is owed, its next sign has a deadline. */
  #watch(timeoutMs: number): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#outcome !== undefined || !(this.#owesAudio || this.#ended)) return
    this.#timer = setTimeout(() => {
      this.#conclude({ error: new ProviderError('timeout', `elevenlabs has sent no audio for ${timeoutMs} ms`) })
    }, timeoutMs)
  }

  #take(audio: Uint8Array, characters: readonly TimedCharacter[] | undefined): boolean {
    this.#audioBytes += audio.byteLength
    if (this.#audioBytes > (spareSeconds + this.#characters.total * maxSecondsPerCharacter) * speechBytesPerSecond) {
      const detail = `elevenlabs sent ${this.#audioBytes} bytes of audio for ${this.#characters.total} characters`
      this.#conclude({ error: new ProviderError('unavailable', detail) })
      return false
    }
    const bytes = Buffer.concat([this.#oddByte, audio])
    const wholeBytes = bytes.byteLength - (bytes.byteLength % 2)
    this.#oddByte = bytes.subarray(wholeBytes)
    if (characters === undefined) {
      if (wholeBytes > 0) this.#push(bytes.subarray(0, wholeBytes), false)
    } else {
      this.#aligned = true
      this.#pushAligned(bytes.subarray(0, wholeBytes), characters)
    }
    return true
  }

  /** In short pieces, each with the characters that are over by then: seconds in one would blur what was heard. */
  #pushAligned(audio: Uint8Array, characters: readonly TimedCharacter[]): void {
    let told = 0
    for (let at = 0; at < audio.byteLength; at += pieceBytes) {
      const end = at + pieceBytes
      const isLast = end >= audio.byteLength
      const over = isLast ? -1 : characters.findIndex(({ endMs }) => endMs > (end / speechBytesPerSecond) * 1000)
      const until = Math.max(told, over < 0 ? characters.length : over)
      this.#characters.take(characters.slice(told, until).map(({ text }) => text))
      told = until
      this.#push(audio.subarray(at, end), true)
    }
    this.#characters.take(characters.slice(told).map(({ text }) => text))
  }

  #finish(): void {
    if (this.#ended && !this.#hasSpokenAll()) {
      const seconds = this.#audioBytes / speechBytesPerSecond
      const detail = `elevenlabs ended with ${seconds.toFixed(2)} s of audio for ${this.#characters.total} characters`
      this.#running = undefined
      return this.#conclude({ error: new ProviderError('unavailable', detail) })
    }
    const missing = this.#characters.spoken < this.#characters.total
    this.#characters.finish()
    if (this.#aligned && missing) this.#push(silence, true)
    this.#running = undefined
    if (this.#ended) return this.#conclude('finished')
    this.#conclude({ error: new ProviderError('unavailable', 'elevenlabs ended an utterance that was not finished') })
  }

  /** By the alignment, or where that has other characters or is missing, by the time that it must have taken. */
  #hasSpokenAll(): boolean {
    if (!hasSound(this.#characters.rest)) return true
    const sounded = soundsIn(this.#said.join(''))
    return this.#audioBytes / speechBytesPerSecond >= sounded * minSecondsPerCharacter
  }

  #push(pcm: Uint8Array, told: boolean): void {
    this.#pieces.push(told ? { pcm, charactersSpoken: this.#characters.spoken } : { pcm })
    this.#wake?.()
  }

  #conclude(outcome: { readonly error: unknown } | 'finished'): void {
    if (this.#outcome !== undefined) return
    this.#outcome = outcome
    clearTimeout(this.#timer)
    this.#options.signal.removeEventListener('abort', this.#onAbort)
    this.#running?.connection.leave(this.#running.contextId)
    this.#running = undefined
    // What came before a failure can be heard; what the caller has interrupted cannot.
    if (this.#options.signal.aborted) this.#pieces.length = 0
    this.#wake?.()
  }

  async *#read(): AsyncGenerator<SpokenAudio> {
    try {
      for (;;) {
        const piece = this.#pieces.shift()
        if (piece !== undefined) yield piece
        else if (this.#outcome === 'finished') return
        else if (this.#outcome !== undefined) throw this.#outcome.error
        else await new Promise<void>((settle) => (this.#wake = settle))
      }
    } finally {
      // Whoever stops reading wants no more of it.
      this.#conclude({ error: new ProviderError('unavailable', 'nobody listens any more') })
    }
  }
}

function hasSound(text: string): boolean {
  return soundsIn(text) > 0
}

/** Letters and digits: marks have no sound of their own. */
function soundsIn(text: string): number {
  return text.match(/[\p{L}\p{N}]/gu)?.length ?? 0
}
