/**
 * Whether the person interrupts the agent (voice-runtime 3).
 *
 * off --speech while the agent speaks--> held --words that are no backchannel--> cut
 *  |                                      |
 *  |                                      '-- a pause and no such words, or 3 s without any --> resume: it was no interruption
 *  '-- such words, although no speech was heard (a quiet voice) --> cut
 *
 * Held means that the agent stops sending at once but loses nothing. Speech alone never cuts, with one exception: a provider
 * that gives no interim words would leave whoever interrupts without an effect until they pause, so with it speech of one
 * second cuts under the policy `always`.
 */
import { isBackchannel } from './backchannel.ts'
import { countWords } from './listening-overlap.ts'
import type { ListeningProfile } from './listening-profile.ts'
import { Alarm, type ListeningTimers } from './listening-timers.ts'
import type { ListeningWords } from './listening-words.ts'

export class BargeIn {
  readonly #parts: BargeInParts
  readonly #wordless: Alarm
  readonly #afterPause: Alarm
  #isHeld = false
  #hasPaused = false

  constructor(parts: BargeInParts) {
    this.#parts = parts
    this.#wordless = new Alarm(parts.timers)
    this.#afterPause = new Alarm(parts.timers)
  }

  speechStarted(): void {
    this.#hasPaused = false
    this.#afterPause.stop()
    if (this.#isHeld) return
    this.#isHeld = true
    this.#wordless.start(slowProviderMs, () => this.#noWordsYet())
    this.#parts.onHold()
  }

  speechStopped(): void {
    if (!this.#isHeld) return
    this.#hasPaused = true
    this.#afterPause.start(afterPauseMs, () => this.#decide())
  }

  /** New words, interim or final, while the agent speaks. */
  words(): void {
    if (this.#isInterruption()) this.#cut()
  }

  /** All words before the pause are known. */
  finalized(): void {
    if (this.#isHeld && this.#hasPaused) this.#decide()
  }

  /** The agent has nothing more to say, or the ears fail. Returns whether it was held. */
  release(): boolean {
    const wasHeld = this.#isHeld
    this.#isHeld = false
    this.#hasPaused = false
    this.#wordless.stop()
    this.#afterPause.stop()
    return wasHeld
  }

  #noWordsYet(): void {
    const { words, profile, givesNoInterims } = this.#parts
    if (words.isEmpty && !this.#hasPaused && profile.interruption_policy === 'always' && givesNoInterims()) {
      return this.#cut()
    }
    this.#wordless.start(longestHoldMs - slowProviderMs, () => this.#decide())
  }

  #decide(): void {
    if (this.#isInterruption()) return this.#cut()
    if (this.release()) this.#parts.onResume()
  }

  #cut(): void {
    this.release()
    this.#parts.onCut()
  }

  #isInterruption(): boolean {
    const { words, profile, language } = this.#parts
    if (words.isEmpty || isBackchannel(words.text, language)) return false
    switch (profile.interruption_policy) {
      case 'always':
        return countWords(words.text) > 0
      case 'min_words':
        return countWords(words.text) >= profile.min_words_before_interrupt
      case 'never':
        return false
    }
  }
}

type BargeInParts = {
  readonly words: ListeningWords
  readonly profile: ListeningProfile
  readonly language: string
  readonly timers: ListeningTimers
  /** Whether this provider is known to say nothing until it is asked for final words. */
  readonly givesNoInterims: () => boolean
  readonly onHold: () => void
  readonly onCut: () => void
  readonly onResume: () => void
}

/** What a streaming provider needs for its first words, twice. */
const slowProviderMs = 1000
/** Beyond it whatever is heard is no speech, or nobody understands it; the agent must not stand still. */
const longestHoldMs = 3000
/** Longer than a provider's answer takes; shorter than a silence that feels broken. */
const afterPauseMs = 700
