/**
 * Watches the silence of both sides (voice-runtime 3).
 *
 * resting -begin-> waiting -after- prompt (at most `maxPrompts`, counted until the person is active) | over
 *    ^--- stop: somebody speaks ---'
 */
export class SilenceWatch {
  readonly #options: SilenceOptions
  #timer: NodeJS.Timeout | undefined
  #prompts = 0

  constructor(options: SilenceOptions) {
    this.#options = options
  }

  /** Both are silent from now on. */
  begin(): void {
    this.stop()
    this.#timer = setTimeout(() => this.#run(), this.#options.afterMs).unref()
  }

  /** Somebody speaks. */
  stop(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  /** The person is there: prompts begin anew. */
  personIsActive(): void {
    this.stop()
    this.#prompts = 0
  }

  #run(): void {
    const { maxPrompts, onPrompt, onOver } = this.#options
    if (this.#prompts >= maxPrompts) return onOver()
    this.#prompts += 1
    onPrompt(this.#prompts === maxPrompts)
  }
}

type SilenceOptions = {
  readonly afterMs: number
  readonly maxPrompts: number
  /** `isLast`: the next silence ends the conversation. */
  readonly onPrompt: (isLast: boolean) => void
  readonly onOver: () => void
}
