/**
 * Threat: one workspace checks or publishes a policy of thousands of phrases, and everybody who talks through this process falls
 * silent while it compiles.
 * Rule: what is large is compiled, and its tests run, in one thread for the process, one after the other; the queue is bounded and each
 * has a deadline. What is small is judged at once: that takes less than handing it over.
 * On failure: policy.busy (queue full, too slow, the thread ended), which may be tried again; nothing is published. A thread that ended or
 * hangs is replaced when the next question comes.
 */
import { Worker } from 'node:worker_threads'
import { AppError } from '../../kernel/app-error.ts'
import { judgeLayers, type LayersQuestion, type LayersVerdict } from './judge-layers.ts'

type Job = { readonly question: LayersQuestion; readonly settle: (result: LayersVerdict | AppError) => void }

/** A letter takes about 5 microseconds; 50 ms are heard as a gap in speech. */
const smallCharacters = 10_000

const isSource = import.meta.url.endsWith('.ts')

type Limits = {
  readonly maxWaiting: number
  readonly deadlineMs: number
  readonly startWorker: () => Worker
}

const usual: Limits = {
  // Each holds a connection of the database while it waits, and all of them together less than a transaction may be idle (30 s).
  maxWaiting: 4,
  // The largest takes a second or two on a busy machine.
  deadlineMs: 5_000,
  startWorker: () =>
    new Worker(new URL(isSource ? './judge-in-thread.ts' : './judge-in-thread.js', import.meta.url), {
      name: 'policies',
      // It needs no setting and no secret of ours.
      env: {},
      argv: [],
      execArgv: [],
      // Fifty times the largest document.
      resourceLimits: { maxOldGenerationSizeMb: 512 },
    }),
}

/** Judges layers without holding up the process. */
export class PolicyThread {
  readonly #limits: Limits
  readonly #waiting: Job[] = []
  #worker: Worker | undefined
  #running: { readonly job: Job; readonly timer: NodeJS.Timeout } | undefined

  constructor(limits: Partial<Limits> = {}) {
    this.#limits = { ...usual, ...limits }
  }

  /** Throws policy.busy. */
  async judge(question: LayersQuestion): Promise<LayersVerdict> {
    if (JSON.stringify(question.layers).length <= smallCharacters) return judgeLayers(question)
    if (this.#waiting.length >= this.#limits.maxWaiting) throw busy('too many policies wait to be judged')
    const { promise, resolve, reject } = Promise.withResolvers<LayersVerdict>()
    this.#waiting.push({
      question,
      settle: (result) => (result instanceof AppError ? reject(result) : resolve(result)),
    })
    this.#next()
    return promise
  }

  #next(): void {
    if (this.#running !== undefined) return
    const job = this.#waiting.shift()
    if (job === undefined) return
    const timer = setTimeout(() => this.#drop('a policy took too long to be judged'), this.#limits.deadlineMs)
    this.#running = { job, timer }
    try {
      this.#worker ??= this.#start()
      // Idle, it keeps no process from ending.
      this.#worker.ref()
      this.#worker.postMessage(job.question, [])
    } catch (error) {
      this.#drop(`no thread for policies: ${String(error)}`)
    }
  }

  #start(): Worker {
    const worker = this.#limits.startWorker()
    const ended = (why: string): void => {
      if (this.#worker === worker) this.#drop(why)
    }
    worker.on('message', (message: LayersVerdict | string) => {
      if (this.#worker === worker) this.#answered(message)
    })
    worker.on('messageerror', () => ended('the thread of policies answered with what cannot be read'))
    worker.on('error', (error) => ended(`the thread of policies failed: ${String(error)}`))
    worker.on('exit', (code) => ended(`the thread of policies ended with ${code}`))
    worker.unref()
    return worker
  }

  #answered(message: LayersVerdict | string): void {
    const running = this.#running
    this.#running = undefined
    clearTimeout(running?.timer)
    this.#worker?.unref()
    running?.job.settle(typeof message === 'string' ? new AppError('server.internal', message) : message)
    this.#next()
  }

  /** The thread is gone, or shall be. Whoever waits gets the next one. */
  #drop(why: string): void {
    const [worker, running] = [this.#worker, this.#running]
    this.#worker = undefined
    this.#running = undefined
    clearTimeout(running?.timer)
    running?.job.settle(busy(why))
    void worker?.terminate()
    this.#next()
  }
}

function busy(why: string): AppError {
  return new AppError('policy.busy', why)
}

/** Of this process. */
export const policyThread = new PolicyThread()
