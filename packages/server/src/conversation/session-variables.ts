/**
 * The dynamic variables of one session (voice-runtime 7).
 *
 * own -> asking (a resolver was asked) -> settled (it answered, failed or took too long)
 *
 * A value that the session was created with comes before one of the resolver, that before the agent's default; names that begin
 * with `system__` are ours and nobody else's. Values are data: one line, 500 characters, without what is not drawn; braces in them
 * are never filled in.
 */
import type { PromptTrust } from './prompt-segment.ts'
import type { ResolvedVariables } from './resolve-variables.ts'
import { valueAsData } from './value-as-data.ts'

export type SessionVariable = {
  readonly value: string
  readonly trust: Extract<PromptTrust, 'system' | 'operator' | 'user'>
}

type Texts = Readonly<Record<string, string>>

type Options = {
  /** What the backend sent when it created the session. */
  readonly own: Texts
  readonly defaults?: Texts
  readonly system?: (nowMs: number) => ReadonlyMap<string, string>
  /** Asks the resolver; undefined where there is none, or nothing to ask it. Never rejects. */
  readonly resolve?: ((signal: AbortSignal) => Promise<ResolvedVariables>) | undefined
  readonly nowMs: () => number
}

export class SessionVariables {
  readonly #options: Options
  readonly #own: ReadonlyMap<string, SessionVariable>
  readonly #defaults: ReadonlyMap<string, SessionVariable>
  readonly #ending = new AbortController()
  #resolved: ReadonlyMap<string, SessionVariable> = new Map()
  #asking: Promise<ResolvedVariables> | undefined
  #isSettled: boolean
  #report: ResolvedVariables | undefined
  #turnMs: number

  constructor(options: Options) {
    this.#options = options
    this.#own = withTrust(Object.entries(options.own), 'operator')
    this.#defaults = withTrust(Object.entries(options.defaults ?? {}), 'user')
    this.#isSettled = options.resolve === undefined
    this.#turnMs = options.nowMs()
  }

  /** Asks the resolver, if there is one and it was not asked yet. Nobody waits here. */
  begin(): void {
    const { resolve } = this.#options
    this.#asking ??= resolve?.(this.#ending.signal).then((resolved) => {
      this.#resolved = withTrust(resolved.values, 'user')
      this.#report = resolved
      this.#isSettled = true
      return resolved
    })
  }

  /** Whether a turn that begins now has to wait for values. */
  get isSettled(): boolean {
    return this.#isSettled
  }

  /** A turn begins: time is its time from here on. Waits for the resolver; rejects with the signal's reason when that aborts. */
  async beginTurn(startedAtMs: number, signal: AbortSignal): Promise<void> {
    this.#turnMs = startedAtMs
    if (this.#isSettled) return
    this.begin()
    const aborted = Promise.withResolvers<never>()
    const stop = (): void => aborted.reject(signal.reason)
    if (signal.aborted) stop()
    signal.addEventListener('abort', stop, { once: true })
    try {
      await Promise.race([this.#asking, aborted.promise])
    } finally {
      signal.removeEventListener('abort', stop)
    }
  }

  /** What the resolver came to, for the first trace that can tell it; undefined afterwards. */
  takeReport(): ResolvedVariables | undefined {
    const report = this.#report
    this.#report = undefined
    return report
  }

  /** Those that somebody gave a value. */
  given(): ReadonlyMap<string, SessionVariable> {
    return new Map([...this.#defaults, ...this.#resolved, ...this.#own])
  }

  /** Ours, as they are in the running turn. */
  system(): ReadonlyMap<string, SessionVariable> {
    return withTrust(this.#options.system?.(this.#turnMs) ?? [], 'system')
  }

  /** The values of all by name, for what is filled in. */
  values(): ReadonlyMap<string, string> {
    return new Map([...this.given(), ...this.system()].map(([name, { value }]) => [name, value]))
  }

  /** The session is over: nobody is asked any more. */
  end(): void {
    this.#ending.abort(new Error('the session has ended'))
  }
}

function withTrust(
  values: Iterable<readonly [string, string]>,
  trust: SessionVariable['trust'],
): ReadonlyMap<string, SessionVariable> {
  return new Map(Array.from(values, ([name, value]) => [name, { value: valueAsData(value), trust }]))
}
