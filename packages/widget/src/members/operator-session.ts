/**
 * A signed-in operator on a page. The access token lives in this object alone; the cookie that gets the next one is the
 * browser's business, and no script can read it.
 *
 * start -> refreshing -> signed in --(a minute before its end, or 401)--> refreshing -> ...
 *              | 401
 *              v
 *           onSignedOut
 */
import { type Asked, askServer, unreachable } from '../ask-server.ts'
import type { Refusal } from '../read-refusal.ts'
import { readSession, type SignedIn } from './read-members.ts'

/**
 * A refresh has used its cookie up even where its answer is lost, and the server takes a repeat for one within ten seconds
 * only; later it ends the sign-in as stolen. So it is given up early, and repeated once at once.
 */
const refreshPatienceMs = 4_000
const earlyMs = 60_000
/** Timers of a sleeping laptop come late; the token is looked at before each request as well. */
const shortestMs = 5_000
/** The tabs of a browser share one cookie, so they use it one after the other. */
const lockName = 'hyponema-refresh'

export class OperatorSession {
  readonly #onSignedOut: () => void
  #token: string | undefined
  #family: string | undefined
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(onSignedOut: () => void) {
    this.#onSignedOut = onSignedOut
  }

  /** Gets an access token, or says why not; undefined when the person is not signed in, and is on the way to do so. */
  async refresh(): Promise<SignedIn | { readonly refusal: Refusal } | undefined> {
    const asked = await oneAtATime(() => this.#exchange())
    if ('refusal' in asked) {
      if (asked.refusal.status !== 401) return asked
      this.stop()
      this.#onSignedOut()
      return undefined
    }
    const session = readSession(asked.body)
    if (session === undefined) return { refusal: unknownAnswer }
    this.#token = session.accessToken
    this.#family = session.family
    clearTimeout(this.#timer)
    const waitMs = Math.max(shortestMs, session.lifeMs - earlyMs)
    this.#timer = setTimeout(() => void this.refresh(), waitMs)
    return session
  }

  /** Calls the workspace API. A token that has ended is exchanged once; who cannot get another one is signed out. */
  async call(method: string, path: string, body?: unknown, idempotencyKey?: string): Promise<Asked> {
    const first = await askServer(path, this.#request(method, body, idempotencyKey))
    if (!('refusal' in first) || first.refusal.status !== 401) return first
    const session = await this.refresh()
    if (session === undefined) return first
    if ('refusal' in session) return session
    return askServer(path, this.#request(method, body, idempotencyKey))
  }

  async signOut(): Promise<Asked> {
    const asked = await oneAtATime(() => this.#post('/auth/refresh/sign-out'))
    if (!('refusal' in asked)) this.stop()
    return asked
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#token = undefined
  }

  async #exchange(): Promise<Asked> {
    const first = await this.#post('/auth/refresh', refreshPatienceMs)
    const isLost = 'refusal' in first && first.refusal.code === unreachable.code
    return isLost ? this.#post('/auth/refresh', refreshPatienceMs) : first
  }

  #post(path: string, waitMs?: number): Promise<Asked> {
    const request: RequestInit = {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'X-Hyponema-Refresh': '1' },
      body: JSON.stringify(this.#family === undefined ? {} : { family: this.#family }),
      credentials: 'same-origin',
    }
    return askServer(path, request, waitMs)
  }

  #request(method: string, body: unknown, idempotencyKey?: string): RequestInit {
    const headers = {
      Authorization: `Bearer ${this.#token ?? ''}`,
      ...(idempotencyKey === undefined ? {} : { 'Idempotency-Key': idempotencyKey }),
    }
    if (body === undefined) return { method, headers, credentials: 'omit' }
    const json = { ...headers, 'Content-Type': 'application/json' }
    return { method, headers: json, body: JSON.stringify(body), credentials: 'omit' }
  }
}

/** Browsers have locks on secure origins only; elsewhere the server's grace for repeats has to do. */
async function oneAtATime(work: () => Promise<Asked>): Promise<Asked> {
  return 'locks' in navigator ? navigator.locks.request(lockName, work) : work()
}

const unknownAnswer: Refusal = {
  code: 'unreadable',
  title: 'The server answered something that this page does not know; reload it',
  status: 0,
  retryable: true,
  requestId: undefined,
  retryAfterSeconds: undefined,
}
