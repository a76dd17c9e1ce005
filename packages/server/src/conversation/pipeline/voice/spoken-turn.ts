/**
 * Threat: words count as heard though their audio was cut, failed or is still on its way, and come back as history.
 * Rule: what a turn says becomes speech here, and only what the player has played, by its clock or by the client's own report,
 * is told as heard. The position is settled once, when the turn is cut.
 * On failure: a voice that fails or stalls ends the turn with its error, after what it had delivered has been played.
 *
 * silent --say--> speaking (<-> held) --heardAll, all played--> heard
 *                    |  '-- cut, or the turn's signal --> cut: audio dropped, voice told to stop
 *                    '-- the voice fails or stalls --> the rest is played --> failed
 */
import { AppError } from '../../../kernel/app-error.ts'
import type { Cleared } from '../../../kernel/cleared.ts'
import { ProviderError } from '../../providers/provider-error.ts'
import type { TextToSpeechPort, Utterance } from '../../providers/text-to-speech-port.ts'
import { HeardPosition } from './heard-position.ts'
import { PacedPlayer } from './paced-player.ts'
import type { PlayClock } from './play-clock.ts'
import { SpeechUnits } from './speech-units.ts'

/** A voice that has brought nothing for so long while words wait for it will not bring anything. */
const stallAfterMs = 10_000
/** How often the position is told: finer than a word. */
const tellEveryMs = 100

export type UnitStatus = 'new' | 'in-progress' | 'completed'

export type SpokenTurnOptions = {
  readonly voice: TextToSpeechPort
  readonly sendAudio: (pcm: Uint8Array) => void
  /** Of the player: what it sends is encoded. */
  readonly encoderDelayMs?: number | undefined
  readonly playClock: PlayClock
  /** Of the turn: cuts it. */
  readonly signal: AbortSignal
  /** So many characters of what was said have been heard. Falls back where a client reports less than was estimated. */
  readonly onHeard: (characters: number) => void
  /** `new`: handed to the voice; `in-progress`: its first word is heard; `completed`: all of it was heard. */
  readonly onUnit: (unit: Cleared, index: number, status: UnitStatus) => void
  /** Just before the first audio is sent. */
  readonly onStarted: () => void
  /** Once, after `onStarted`: all was played, or nothing more is. */
  readonly onStopped: () => void
  /** The voice took so long from its first unit to its first audio. */
  readonly onFirstAudio?: (ms: number) => void
  readonly stallAfterMs?: number
}

type Unit = { readonly text: Cleared; readonly from: number; readonly to: number; status: UnitStatus }
type Outcome =
  | { readonly kind: 'heard' }
  | { readonly kind: 'cut' }
  | { readonly kind: 'failed'; readonly error: unknown }

export class SpokenTurn {
  readonly #options: SpokenTurnOptions
  readonly #split = new SpeechUnits()
  readonly #position = new HeardPosition()
  readonly #player: PacedPlayer
  readonly #voice = new AbortController()
  readonly #over = Promise.withResolvers<Outcome>()
  readonly #units: Unit[] = []
  #nextUnit = 0
  #utterance: Utterance | undefined
  #outcome: Outcome | undefined
  #failure: { readonly error: unknown } | undefined
  /** Of all that was said, and of that what the voice was given. */
  #said = 0
  #given = 0
  #hasStarted = false
  #isEnding = false
  #firstUnitMs: number | undefined
  #stall: NodeJS.Timeout | undefined
  #toldCharacters = 0
  #toldMs = Number.NEGATIVE_INFINITY

  constructor(options: SpokenTurnOptions) {
    this.#options = options
    this.#player = new PacedPlayer({
      playClock: options.playClock,
      sendAudio: (pcm) => this.#sendAudio(pcm),
      encoderDelayMs: options.encoderDelayMs,
      onPulse: () => this.#moved(),
      onFailed: (error) => this.#finish({ kind: 'failed', error }),
    })
    options.signal.addEventListener('abort', this.#onAbort, { once: true })
    if (options.signal.aborted) this.cut()
  }

  /** Speaks this after what was said before. After the end of the turn, nothing. */
  say(text: Cleared): void {
    if (this.#outcome !== undefined || this.#isEnding) return
    this.#said += text.length
    for (const unit of this.#split.push(text)) this.#give(unit)
  }

  /** Speaks what waits for the end of its sentence. */
  flush(): void {
    if (this.#outcome !== undefined) return
    for (const unit of this.#split.flush()) this.#give(unit)
  }

  /**
   * Waits until all that was said has been played. False when it was cut; throws the `ProviderError` of a voice that failed,
   * after what it had delivered was played. Says nothing more.
   */
  async heardAll(signal: AbortSignal): Promise<boolean> {
    this.flush()
    this.#end()
    const giveUp = (): void => this.cut()
    signal.addEventListener('abort', giveUp, { once: true })
    if (signal.aborted) giveUp()
    const outcome = await this.#over.promise
    signal.removeEventListener('abort', giveUp)
    if (outcome.kind !== 'failed') return outcome.kind === 'heard'
    throw outcome.error instanceof AppError
      ? outcome.error
      : new ProviderError('unavailable', 'the voice failed', { cause: outcome.error })
  }

  /** Stops sending at once; nothing is lost. */
  hold(): void {
    this.#player.hold()
  }

  /** Goes on where `hold` stopped. */
  resume(): void {
    this.#player.resume()
  }

  /** Ends the turn here: what was heard is settled, the rest is dropped, and the voice stops. */
  cut(): void {
    this.#finish({ kind: 'cut' })
  }

  /** Whether words that were given to the voice are still to be heard: their audio has not come, or was not played yet. */
  get isSpeaking(): boolean {
    if (this.#outcome !== undefined || this.#failure !== undefined) return false
    return this.#stall !== undefined || this.#player.playedMs < this.#player.pushedMs
  }

  /** The client has played so many ms of this turn's audio. */
  report(playedMs: number): void {
    this.#player.report(playedMs)
  }

  readonly #onAbort = (): void => this.cut()

  #give(text: Cleared): void {
    if (this.#failure !== undefined) return
    const unit: Unit = { text, from: this.#given, to: this.#given + text.length, status: 'new' }
    const index = this.#units.push(unit) - 1
    this.#given = unit.to
    this.#position.say(text.length)
    this.#options.onUnit(text, index, 'new')
    try {
      this.#utterance ??= this.#open()
      this.#utterance.say(text)
    } catch (error) {
      this.#fail(error)
      return
    }
    // A unit of signs alone may bring no audio, so nobody waits for it.
    if (/[\p{L}\p{N}]/u.test(text)) this.#expectAudio()
  }

  #open(): Utterance {
    this.#firstUnitMs = this.#options.playClock.nowMs()
    const utterance = this.#options.voice.open(this.#voice.signal)
    void this.#read(utterance)
    return utterance
  }

  #end(): void {
    if (this.#isEnding || this.#outcome !== undefined) return
    this.#isEnding = true
    if (this.#failure !== undefined) return
    if (this.#utterance === undefined) return this.#allRead()
    this.#expectAudio()
    this.#utterance.end()
  }

  async #read(utterance: Utterance): Promise<void> {
    try {
      for await (const { pcm, charactersSpoken } of utterance.audio) {
        this.#stopExpecting()
        if (this.#outcome !== undefined || this.#failure !== undefined) return
        if (pcm.byteLength === 0) continue
        this.#tellFirstAudio()
        this.#player.push(pcm)
        this.#position.audio(this.#player.pushedMs, charactersSpoken)
        await this.#player.whenRoom()
        if (this.#isEnding) this.#expectAudio()
      }
      this.#stopExpecting()
      if (!this.#isEnding) throw new ProviderError('unavailable', 'the voice ended before what it was given')
      this.#allRead()
    } catch (error) {
      this.#fail(error)
    }
  }

  #allRead(): void {
    if (this.#outcome !== undefined || this.#failure !== undefined) return
    this.#position.complete(this.#said - this.#given)
    this.#player.end()
    this.#moved()
  }

  /** What came is still played, and what did not come is not heard. */
  #fail(error: unknown): void {
    if (this.#outcome !== undefined || this.#failure !== undefined) return
    this.#failure = { error }
    clearTimeout(this.#stall)
    this.#voice.abort(error)
    this.#player.end()
    this.#moved()
  }

  // Waiting for the voice

  #expectAudio(): void {
    const { stallAfterMs: afterMs = stallAfterMs } = this.#options
    if (this.#outcome !== undefined || this.#failure !== undefined || this.#stall !== undefined) return
    this.#stall = setTimeout(() => {
      this.#fail(new ProviderError('timeout', `the voice brought no audio for ${afterMs} ms`))
    }, afterMs)
  }

  #stopExpecting(): void {
    clearTimeout(this.#stall)
    this.#stall = undefined
  }

  #tellFirstAudio(): void {
    if (this.#firstUnitMs === undefined) return
    this.#options.onFirstAudio?.(this.#options.playClock.nowMs() - this.#firstUnitMs)
    this.#firstUnitMs = undefined
  }

  // Playing

  #sendAudio(pcm: Uint8Array): void {
    if (!this.#hasStarted) {
      this.#hasStarted = true
      this.#options.onStarted()
      if (this.#outcome !== undefined) return
    }
    this.#options.sendAudio(pcm)
  }

  #moved(): void {
    if (this.#outcome !== undefined) return
    const { state } = this.#player
    if (state === 'playing') {
      this.#tell({ isLast: false })
    } else if (this.#failure !== undefined) {
      this.#finish({ kind: 'failed', error: this.#failure.error })
    } else {
      this.#finish({ kind: state === 'played' ? 'heard' : 'cut' })
    }
  }

  #tell({ isLast }: { isLast: boolean }): void {
    const { playClock, onHeard } = this.#options
    const nowMs = playClock.nowMs()
    if (!isLast && nowMs - this.#toldMs < tellEveryMs) return
    this.#toldMs = nowMs
    const characters = this.#position.at(this.#player.playedMs)
    if (characters !== this.#toldCharacters) {
      this.#toldCharacters = characters
      onHeard(characters)
    }
    this.#tellUnits(characters)
  }

  #tellUnits(characters: number): void {
    for (;;) {
      const unit = this.#units[this.#nextUnit]
      if (unit === undefined || characters <= unit.from) return
      if (unit.status === 'new') this.#tellUnit(unit, 'in-progress')
      if (characters < unit.to) return
      this.#tellUnit(unit, 'completed')
      this.#nextUnit += 1
    }
  }

  #tellUnit(unit: Unit, status: UnitStatus): void {
    unit.status = status
    this.#options.onUnit(unit.text, this.#nextUnit, status)
  }

  #finish(outcome: Outcome): void {
    if (this.#outcome !== undefined) return
    this.#tell({ isLast: true })
    this.#outcome = outcome
    clearTimeout(this.#stall)
    this.#player.stop()
    this.#options.signal.removeEventListener('abort', this.#onAbort)
    // A voice that is not wanted any more is told so, whyever; one that has said all of it has nothing to stop.
    if (outcome.kind === 'failed') this.#voice.abort(outcome.error)
    if (outcome.kind === 'cut')
      this.#voice.abort(this.#options.signal.reason ?? new AppError('request.conflict', 'cut'))
    if (this.#hasStarted) this.#options.onStopped()
    this.#over.resolve(outcome)
  }
}
