/**
 * The booking desk of the demo: a program beside the server, on a loopback port of its own.
 *
 * started -> listening -> [ended by itself -> waiting -> started again ...] -> stopped
 *
 * Its port is what the demo's agent names. The first one is kept; only when it is taken at a start another one is chosen. Without
 * it everything else works: whoever wants to book hears that it does not go just now.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { setTimeout as wait } from 'node:timers/promises'
import { z } from 'zod'

type Options = {
  readonly script: string
  readonly key: string
  /** Where the server itself will listen a moment later. */
  readonly notPort?: number
  readonly warn: (sentence: string) => void
}

const messageSchema = z.object({ port: z.int() })
/** Ten times what it takes on a small machine; a start does not wait longer for a demo. */
const startTimeoutMs = 5_000
const firstPauseMs = 200
const longestPauseMs = 30_000
/** Of what it says when it ends. */
const maxWords = 500

type Launched = { readonly port: number; readonly ended: Promise<string> }

export class DeskProcess {
  readonly #options: Options
  readonly #stopping = new AbortController()
  #child: ChildProcess | undefined
  #starting: Promise<number | undefined> = Promise.resolve(undefined)
  #running: Promise<void> = Promise.resolve()

  constructor(options: Options) {
    this.#options = options
  }

  /** Resolves to the port on which it listens, to the `former` one where it does not yet, or to undefined where it has none. */
  async start(former: number | undefined): Promise<number | undefined> {
    const starting = this.#start(former)
    this.#starting = starting
    return starting
  }

  async #start(former: number | undefined): Promise<number | undefined> {
    const wanted = former === this.#options.notPort ? undefined : former
    const first = await this.#launch(wanted ?? 0)
    const launched = typeof first === 'string' && wanted !== undefined ? await this.#launch(0) : first
    // A start that was refused meanwhile stops us; that the desk then ended is no news.
    if (this.#stopping.signal.aborted) {
      if (typeof launched !== 'string') await launched.ended
      return undefined
    }
    const port = typeof launched === 'string' ? wanted : launched.port
    if (typeof launched === 'string') {
      this.#options.warn(`the booking desk of the demo does not run, so the demo books nothing: ${launched}`)
    }
    if (port !== undefined) this.#running = this.#keepRunning(port, launched)
    return port
  }

  /** Resolves when it has ended. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    this.#child?.kill()
    await this.#starting
    await this.#running
  }

  async #keepRunning(port: number, first: Launched | string): Promise<void> {
    const { signal } = this.#stopping
    let launched = first
    let pauseMs = firstPauseMs
    for (;;) {
      if (typeof launched !== 'string') {
        const words = await launched.ended
        pauseMs = firstPauseMs
        if (!signal.aborted) this.#options.warn(`the booking desk of the demo ended and is started again: ${words}`)
      }
      if (signal.aborted) return
      await wait(pauseMs, undefined, { signal }).catch(() => undefined)
      if (signal.aborted) return
      pauseMs = Math.min(pauseMs * 2, longestPauseMs)
      launched = await this.#launch(port)
    }
  }

  /** Resolves when it listens, or to the reason why it does not; port 0 is any that is free. */
  async #launch(port: number): Promise<Launched | string> {
    const launched = await this.#fork(port)
    if (typeof launched === 'string' || launched.port !== this.#options.notPort) return launched
    const unwanted = this.#child
    // It is there until the other one has got another port.
    const next = await this.#fork(0)
    unwanted?.kill('SIGKILL')
    await launched.ended
    return next
  }

  async #fork(port: number): Promise<Launched | string> {
    if (this.#stopping.signal.aborted) return 'stopped'
    const child = fork(this.#options.script, [], {
      env: { DESK_KEY: this.#options.key, DESK_PORT: String(port) },
      execArgv: ['--max-old-space-size=64', '--disable-warning=ExperimentalWarning'],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      // Ctrl-C is for the server, which finishes what is being said first; then it stops the desk.
      detached: true,
    })
    this.#child = child
    let words = ''
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      words = (words + text).slice(-maxWords)
    })
    const ended = new Promise<string>((resolve) => {
      child.once('error', (error) => resolve(error.message))
      child.once('close', (code, ended) => resolve(words.trim() || `ended with ${ended ?? `code ${code}`}`))
    })
    const listening = new Promise<number>((resolve) => {
      child.once('message', (message) => resolve(messageSchema.parse(message).port))
    })
    const late = wait(startTimeoutMs, `not ready after ${startTimeoutMs} ms`, { ref: false })
    const first = await Promise.race([listening, ended, late])
    if (typeof first === 'number') return { port: first, ended }
    child.kill('SIGKILL')
    return first
  }
}
