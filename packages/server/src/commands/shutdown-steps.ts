import type { Logger } from 'pino'

/** A step that hangs must not keep the others from running. */
const stepTimeoutMs = 25_000

/** What has to be undone at the end, in the reverse order of its making. Runs once, on a signal or when starting failed. */
export class ShutdownSteps {
  readonly #log: Logger
  readonly #steps: { readonly name: string; readonly run: () => Promise<void> }[] = []
  #running: Promise<void> | undefined

  constructor(log: Logger) {
    this.#log = log
  }

  get isRunning(): boolean {
    return this.#running !== undefined
  }

  add(name: string, run: () => Promise<void>): void {
    this.#steps.push({ name, run })
  }

  /** Ctrl-C, a service manager's stop, a closed terminal, or the end of the launcher that started us. */
  onSignals(): void {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => this.#stop())
    process.on('disconnect', () => this.#stop())
    // A reader that has gone (`npm start | head`) must not end us in disorder.
    for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined)
    for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
      process.on(event, (thrown: unknown) => this.#fail(thrown))
    }
  }

  run(): Promise<void> {
    this.#running ??= this.#runAll()
    return this.#running
  }

  /** A defect of ours: nothing is known about the state any more, so we stop in order and say so by the exit code. */
  #fail(thrown: unknown): void {
    this.#log.fatal({ err: thrown }, 'an unexpected failure; stopping')
    if (this.isRunning) return
    void this.run().then(() => process.exit(1))
  }

  #stop(): void {
    if (this.isRunning) return
    process.stdout.write('\nStopping: finishing what is being said, then closing down.\n')
    void this.run().then(() => {
      process.exitCode = 0
      process.exit()
    })
  }

  async #runAll(): Promise<void> {
    for (const { name, run } of this.#steps.toReversed()) {
      try {
        await withTimeout(run(), name)
      } catch (error) {
        this.#log.error({ err: error }, `stopping ${name} failed`)
      }
    }
  }
}

async function withTimeout(work: Promise<void>, name: string): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new RangeError(`${name} took longer than ${stepTimeoutMs} ms`)), stepTimeoutMs)
  })
  try {
    await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
