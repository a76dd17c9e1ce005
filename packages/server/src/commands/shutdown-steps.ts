import type { Logger } from 'pino'
import { within } from '../kernel/within.ts'

/** A step that hangs must not keep the others from running. */
const stepTimeoutMs = 25_000

/** What has to be undone at the end, in the reverse order of its making. Runs once, on a signal or when starting failed. */
export class ShutdownSteps {
  readonly #log: Logger
  readonly #steps: { readonly name: string; readonly run: () => Promise<void> }[] = []
  #hasDefect = false
  #running: Promise<readonly string[]> | undefined

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

  /** Resolves to what could not be undone: the names of the steps that failed. */
  run(): Promise<readonly string[]> {
    this.#running ??= this.#runAll()
    return this.#running
  }

  /** A defect of ours: nothing is known about the state any more, so we stop in order and say so by the exit code. */
  #fail(thrown: unknown): void {
    this.#log.fatal({ err: thrown }, 'an unexpected failure; stopping')
    this.#hasDefect = true
    if (this.isRunning) return
    void this.run().then(() => process.exit(1))
  }

  #stop(): void {
    if (this.isRunning) return
    process.stdout.write('\nStopping: finishing what is being said, then closing down.\n')
    void this.run().then((failed) => {
      const broken = this.#hasDefect ? [...failed, 'an unexpected failure'] : failed
      if (broken.length > 0) {
        process.stderr.write(`Stopping was not in order: ${broken.join(', ')}; the log lines above say why.\n`)
      }
      process.exit(broken.length === 0 ? 0 : 1)
    })
  }

  async #runAll(): Promise<readonly string[]> {
    const failed: string[] = []
    for (const { name, run } of this.#steps.toReversed()) {
      try {
        await within(stepTimeoutMs, run(), () => new RangeError(`${name} took longer than ${stepTimeoutMs} ms`))
      } catch (error) {
        this.#log.error({ err: error }, `stopping ${name} failed`)
        failed.push(name)
      }
    }
    return failed
  }
}
