/**
 * When a person has finished (voice-runtime 3).
 *
 * idle --speech--> speaking --pause--> paused --words are final, and the wait for more is over--> idle, taken
 *   |                  ^                  |
 *   |                  '----- speech -----'
 *   '-- words without speech (a quiet voice, or late words), then none for a second --> paused or taken
 *
 * The voice activity detector tells speech and pauses; words tell the rest. Where it hears speech in which no word has come for
 * three seconds, as in a noisy street, the words are believed.
 */
import { endOfTurnWaitMs } from './end-of-turn.ts'
import { Alarm, type ListeningTimers } from './listening-timers.ts'
import type { ListeningWords } from './listening-words.ts'

export class TurnEnd {
  readonly #parts: TurnEndParts
  readonly #answer: Alarm
  readonly #taking: Alarm
  #state: 'idle' | 'speaking' | 'paused' = 'idle'
  #isAnswered = true
  #providerBelieves = false
  #pausedAtMs = 0

  constructor(parts: TurnEndParts) {
    this.#parts = parts
    this.#answer = new Alarm(parts.timers)
    this.#taking = new Alarm(parts.timers)
  }

  speechStarted(): void {
    this.stop()
    this.#state = 'speaking'
    this.#providerBelieves = false
    // It may be noise: words that wait already must not wait for its end.
    if (!this.#parts.words.isEmpty) this.#taking.start(wordlessMs, () => this.#quiet())
  }

  speechStopped(): void {
    this.#pause()
    // The provider ended the turn before the pause was long enough for us: there is nothing left to wait for.
    if (this.#providerBelieves && !this.#parts.words.hasInterim && !this.#parts.words.isEmpty) this.#settle(0)
  }

  interim(): void {
    this.#providerBelieves = false
    if (this.#state === 'speaking') return this.#taking.start(wordlessMs, () => this.#quiet())
    if (this.#state === 'idle' || this.#isAnswered) return this.#taking.start(quietMs, () => this.#quiet())
    // The words before the pause are still on their way.
    this.#taking.stop()
  }

  final(endOfTurn: boolean): void {
    this.#providerBelieves = endOfTurn
    if (this.#state === 'speaking') {
      this.#taking.start(endOfTurn ? quietMs : wordlessMs, () => this.#quiet())
    } else if (this.#state === 'idle') {
      this.#taking.start(quietMs, () => this.#quiet())
    } else {
      this.#settle(endOfTurn || this.#isAnswered ? 0 : finalAloneMs)
    }
  }

  finalized(): void {
    this.#isAnswered = true
    this.#answer.stop()
    if (this.#state !== 'paused') return
    if (this.#parts.words.isEmpty) this.#state = 'idle'
    else this.#settle(0)
  }

  /** What had to wait until the agent was silent may be taken now. */
  mayTake(): void {
    if (this.#state === 'idle' && !this.#parts.words.isEmpty) this.#taking.start(0, () => this.#quiet())
  }

  stop(): void {
    this.#answer.stop()
    this.#taking.stop()
  }

  #pause(): void {
    this.stop()
    this.#state = 'paused'
    this.#pausedAtMs = this.#parts.timers.nowMs()
    this.#isAnswered = false
    this.#answer.start(answerMs, () => this.#unanswered())
    this.#parts.finalize()
  }

  /** No final words in time: what was understood so far is taken as it is, so that nothing is lost. */
  #unanswered(): void {
    this.#isAnswered = true
    if (this.#parts.words.isEmpty) this.#state = 'idle'
    else this.#settle(0)
  }

  /** No word has come for a while, whatever the detector hears. */
  #quiet(): void {
    if (this.#parts.words.hasInterim) this.#pause()
    else this.#take()
  }

  #settle(atLeastMs: number): void {
    const { words, timers, language } = this.#parts
    const waitMs = endOfTurnWaitMs({ text: words.text, language, providerBelieves: this.#providerBelieves })
    const leftMs = Math.max(atLeastMs, waitMs - (timers.nowMs() - this.#pausedAtMs))
    if (leftMs <= 0) this.#take()
    else this.#taking.start(leftMs, () => this.#take())
  }

  #take(): void {
    this.stop()
    this.#state = 'idle'
    this.#providerBelieves = false
    this.#parts.take()
  }
}

type TurnEndParts = {
  readonly words: ListeningWords
  readonly language: string
  readonly timers: ListeningTimers
  /** Asks the provider for everything so far as final. */
  readonly finalize: () => void
  /** The person's turn is over. */
  readonly take: () => void
}

/** How long a provider may take to make words final; streaming ones need a tenth of it. */
const answerMs = 2000
/** Final words that come before the answer to `finalize` may have company. */
const finalAloneMs = 200
/** A breath, where only words tell of a pause. */
const quietMs = 1000
/** Providers send interim words at least every second while somebody speaks. */
const wordlessMs = 3000
