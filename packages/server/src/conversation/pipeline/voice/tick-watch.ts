/** Asks now and then whether time alone wants something said, while nobody speaks and no turn runs. */
export class TickWatch {
  readonly #timer: NodeJS.Timeout

  constructor(options: { readonly everyMs: number; readonly isDue: () => boolean; readonly onDue: () => void }) {
    this.#timer = setInterval(() => {
      if (options.isDue()) options.onDue()
    }, options.everyMs).unref()
  }

  stop(): void {
    clearInterval(this.#timer)
  }
}
