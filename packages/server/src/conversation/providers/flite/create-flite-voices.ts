/**
 * Threat: one session, or a text made for it, takes the voice away from all others: by many units, by one that never ends, or by
 * one that ends the thread.
 * Rule: one thread for the process computes one unit at a time, of a bounded length, in the order in which they came; the queue is
 * bounded, each unit has a deadline, and whoever is not wanted any more leaves the queue.
 * On failure: the unit fails as a `ProviderError` (bad_request: too long; unavailable: queue full, thread ended; timeout). A
 * thread that ended or hangs is replaced when the next unit comes; the process never ends with it.
 */
import { Worker } from 'node:worker_threads'
import { ProviderError } from '../provider-error.ts'

export type FliteUnit = { readonly voice: string; readonly text: string }

/** `pcm` at `speechRate`, s16le, empty where there is none to hear; `words` as they are said in it, numbers written out. */
export type SpokenUnit = { readonly pcm: Uint8Array; readonly words: string }

export type FliteVoices = {
  /** Starts the thread, so that the first unit need not wait for it. */
  readonly warm: () => void
  /** Throws a `ProviderError`, or the signal's reason. */
  readonly speak: (unit: FliteUnit, signal: AbortSignal) => Promise<SpokenUnit>
  /** Ends the thread; what waits fails as `unavailable`. Twice is once. */
  readonly close: () => void
}

/** Twice the longest of the pieces that a voice makes (affordable-pieces.ts). */
const maxCharacters = 640
/** Each session has one unit here at a time, 5 to 100 ms long: behind so many nobody would be served in time. */
const maxQueued = 256
/** A piece takes a tenth of a second; the rest is for the queue and a busy machine. */
const deadlineMs = 10_000
/** Of its JavaScript; what flite needs is bounded by the length of the text. */
const maxHeapMb = 64

const isSource = import.meta.url.endsWith('.ts')

/** The voices of flite for all sessions of a process. The thread starts with the first use. */
export function createFliteVoices(options: Partial<Limits> = {}): FliteVoices {
  const queue = new FliteQueue({ deadlineMs, maxQueued, startWorker, ...options })
  return {
    warm: () => queue.warm(),
    speak: (unit, signal) => queue.speak(unit, signal),
    close: () => queue.close(),
  }
}

type Job = {
  readonly unit: FliteUnit
  readonly settle: (result: SpokenUnit | Error) => void
}

type Limits = { readonly deadlineMs: number; readonly maxQueued: number; readonly startWorker: () => Worker }

function startWorker(): Worker {
  return new Worker(new URL(isSource ? './flite-worker.ts' : './flite-worker.js', import.meta.url), {
    name: 'flite',
    // It needs no setting and no secret of ours.
    env: {},
    argv: [],
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: maxHeapMb },
  })
}

class FliteQueue {
  readonly #limits: Limits
  readonly #waiting = new Set<Job>()
  #worker: Worker | undefined
  /** What the thread computes; it goes on with a unit that nobody wants any more, because it cannot be asked. */
  #running: Job | undefined
  #hang: NodeJS.Timeout | undefined
  #isClosed = false

  constructor(limits: Limits) {
    this.#limits = limits
  }

  warm(): void {
    if (this.#isClosed) return
    try {
      this.#worker ??= this.#start()
    } catch {
      // The first unit tries again, and says why it cannot.
    }
  }

  async speak(unit: FliteUnit, signal: AbortSignal): Promise<SpokenUnit> {
    signal.throwIfAborted()
    if (this.#isClosed) throw new ProviderError('unavailable', 'flite was closed')
    if (unit.text.length > maxCharacters)
      throw new ProviderError('bad_request', `more than ${maxCharacters} characters`)
    if (this.#waiting.size >= this.#limits.maxQueued)
      throw new ProviderError('unavailable', 'too many units wait for flite')
    const { promise, resolve, reject } = Promise.withResolvers<SpokenUnit>()
    const job: Job = { unit, settle: (result) => (result instanceof Error ? reject(result) : resolve(result)) }
    const timer = setTimeout(() => {
      this.#waiting.delete(job)
      reject(new ProviderError('timeout', `flite did not answer within ${this.#limits.deadlineMs} ms`))
    }, this.#limits.deadlineMs)
    const onAbort = (): void => {
      this.#waiting.delete(job)
      reject(signal.reason)
    }
    signal.addEventListener('abort', onAbort, { once: true })
    this.#waiting.add(job)
    this.#next()
    try {
      return await promise
    } finally {
      clearTimeout(timer)
      signal.removeEventListener('abort', onAbort)
    }
  }

  close(): void {
    this.#isClosed = true
    for (const job of this.#waiting) job.settle(new ProviderError('unavailable', 'flite was closed'))
    this.#waiting.clear()
    this.#drop('flite was closed')
  }

  #next(): void {
    const [job] = this.#waiting
    if (this.#running !== undefined || job === undefined) return
    this.#waiting.delete(job)
    this.#running = job
    // Counted from here, and whether or not it is still wanted: a thread that hangs would hang for ever.
    this.#hang = setTimeout(() => this.#drop('flite hung'), this.#limits.deadlineMs)
    try {
      this.#worker ??= this.#start()
      // Idle, it keeps no process from ending.
      this.#worker.ref()
      this.#worker.postMessage(job.unit, [])
    } catch (error) {
      this.#drop(`no thread for flite: ${String(error)}`)
    }
  }

  #start(): Worker {
    const worker = this.#limits.startWorker()
    const ended = (why: string): void => {
      if (this.#worker === worker) this.#drop(why)
    }
    worker.on('message', (message: unknown) => {
      if (this.#worker === worker) this.#answered(message)
    })
    worker.on('messageerror', () => ended('flite answered with what cannot be read'))
    worker.on('error', (error) =>
      ended(`the thread of flite failed: ${error instanceof Error ? error.message : String(error)}`),
    )
    worker.on('exit', (code) => ended(`the thread of flite ended with ${code}`))
    worker.unref()
    return worker
  }

  #answered(message: unknown): void {
    const job = this.#running
    this.#running = undefined
    clearTimeout(this.#hang)
    this.#worker?.unref()
    job?.settle(spokenUnit(message) ?? new ProviderError('unavailable', `flite failed: ${String(message)}`))
    this.#next()
  }

  /** The thread is gone, or shall be, and with it what it computed. Whoever waits gets the next one. */
  #drop(why: string): void {
    const worker = this.#worker
    const job = this.#running
    this.#worker = undefined
    this.#running = undefined
    clearTimeout(this.#hang)
    job?.settle(new ProviderError('unavailable', why))
    void worker?.terminate()
    if (!this.#isClosed) this.#next()
  }
}

function spokenUnit(message: unknown): SpokenUnit | undefined {
  if (typeof message !== 'object' || message === null || !('pcm' in message) || !('words' in message)) return undefined
  const { pcm, words } = message
  return pcm instanceof Uint8Array && typeof words === 'string' ? { pcm, words } : undefined
}
