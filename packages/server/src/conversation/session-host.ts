/**
 * The live sessions of this process and their leases.
 *
 * A session is owned by one process (boot id) under a lease that is renewed every 5 s. An owner that could not renew
 * stops speaking before anybody else may take the session over; a signal that a session has ended is a wake-up, and the
 * row in the workspace decides.
 */
import type { Uuid } from '@hyponema/contract'
import { findEndedSignal, findSession } from '../features/sessions/public.ts'
import { AppError } from '../kernel/app-error.ts'
import type { Clock } from '../kernel/clock.ts'
import type { WorkspaceScope } from '../kernel/workspace-scope.ts'
import type { Database } from '../platform/postgres/database.ts'
import type { LiveSession } from './live-session.ts'

/** Together with the worker's poll of 1 s a lost session is failed within 15 s of its owner's death (goal: 20 s). */
export const leaseTtlMs = 12_000
const renewEveryMs = 5_000
const drainTurnMs = 10_000

export type JoinRequest = {
  readonly scope: WorkspaceScope
  readonly sessionId: Uuid
  readonly jti: Uuid
  /** Throws when the caller may not use a session of this agent version; asked before any session work begins. */
  readonly checkOrigins: (allowed: readonly string[]) => void
}

export type SessionHostOptions = {
  readonly database: Pick<Database, 'withWorkspace'>
  readonly clock: Clock
  readonly bootId: Uuid
  readonly load: (request: JoinRequest) => Promise<LiveSession>
  /** Ends a session in the database with `server_stopped`. */
  readonly closeStopped: (session: LiveSession) => Promise<void>
  readonly log: (message: string, error: unknown) => void
}

export class SessionHost {
  readonly #options: SessionHostOptions
  readonly #loading = new Map<Uuid, Promise<LiveSession>>()
  readonly #live = new Map<Uuid, LiveSession>()
  readonly #renewedAtMs = new Map<Uuid, number>()
  /** Sessions whose renewal has been asked for and not answered. */
  readonly #renewing = new Set<Uuid>()
  #timer: NodeJS.Timeout | undefined

  constructor(options: SessionHostOptions) {
    this.#options = options
  }

  start(): void {
    this.#timer = setInterval(() => void this.renewLeases(), renewEveryMs)
    this.#timer.unref()
  }

  get liveCount(): number {
    return this.#loading.size
  }

  /**
   * The live session, loaded and claimed now if this is its first message. Each caller answers for its own token and
   * origin: an older token of a session that lives is refused, and a refused first caller does not refuse the next.
   */
  async join(request: JoinRequest): Promise<LiveSession> {
    for (;;) {
      const loading = this.#loading.get(request.sessionId)
      if (loading === undefined) return this.#load(request)
      const session = await loading.catch(() => undefined)
      if (session !== undefined && !session.isEnded) {
        if (session.context.tokenJti !== request.jti) throw new AppError('session.token_invalid', 'an older token')
        request.checkOrigins(session.context.allowedOrigins)
        return session
      }
      if (this.#loading.get(request.sessionId) === loading) this.forget(request.sessionId)
    }
  }

  async #load(request: JoinRequest): Promise<LiveSession> {
    const { sessionId } = request
    const loading = this.#options.load(request)
    this.#loading.set(sessionId, loading)
    this.#renewedAtMs.set(sessionId, this.#options.clock.nowMs())
    try {
      const session = await loading
      if (this.#loading.get(sessionId) === loading) this.#live.set(sessionId, session)
      return session
    } catch (error) {
      if (this.#loading.get(sessionId) === loading) this.forget(sessionId)
      throw error
    }
  }

  forget(sessionId: Uuid): void {
    this.#loading.delete(sessionId)
    this.#live.delete(sessionId)
    this.#renewedAtMs.delete(sessionId)
  }

  /** A wake-up: reads the signal's row inside its workspace and ends the session only if its own row says that it ended. */
  async onSignal(wake: { readonly workspaceId: Uuid; readonly signalId: Uuid }): Promise<void> {
    const sessions = await this.#settledSessions()
    const scope = sessions.find(({ context }) => context.scope.workspaceId === wake.workspaceId)?.context.scope
    if (scope === undefined) return
    await this.#options.database.withWorkspace(scope, async (tx) => {
      const ended = await findEndedSignal(tx, wake.signalId)
      const session = sessions.find(({ context }) => context.sessionId === ended)
      if (session === undefined) return
      const row = await findSession(tx, session.context.sessionId)
      if (row?.endedAt != null) void session.end()
    })
  }

  /** After a gap in signals: looks every live session up. Renewal does it, since an ended session has no lease. */
  async renewLeases(): Promise<void> {
    const sessions = [...this.#live.values()].filter((session) => !session.isEnded)
    // A database that does not even refuse must not keep us speaking: what is still being asked for is judged by its age.
    this.#endStale(sessions.filter((session) => this.#renewing.has(session.context.sessionId)))
    const waiting = sessions.filter((session) => !this.#renewing.has(session.context.sessionId))
    const byWorkspace = Map.groupBy(waiting, (session) => session.context.scope.workspaceId)
    await Promise.all([...byWorkspace.values()].map((group) => this.#renew(group)))
  }

  async #renew(sessions: readonly LiveSession[]): Promise<void> {
    const [first] = sessions
    if (first === undefined) return
    const { database, clock, bootId, log } = this.#options
    const ids = sessions.map((session) => session.context.sessionId)
    const askedAtMs = clock.nowMs()
    for (const id of ids) this.#renewing.add(id)
    try {
      const held = new Set(
        await database.withWorkspace(first.context.scope, (tx) => tx.leaseRenew(ids, bootId, leaseTtlMs)),
      )
      for (const session of sessions) {
        if (!held.has(session.context.sessionId)) void session.end()
        else if (this.#live.has(session.context.sessionId)) this.#renewedAtMs.set(session.context.sessionId, askedAtMs)
      }
    } catch (error) {
      log('leases could not be renewed', error)
      this.#endStale(sessions)
    } finally {
      for (const id of ids) this.#renewing.delete(id)
    }
  }

  /** Ends those whose lease could run out before the next try. */
  #endStale(sessions: readonly LiveSession[]): void {
    const oldestAllowedMs = this.#options.clock.nowMs() - leaseTtlMs + renewEveryMs
    for (const session of sessions) {
      if ((this.#renewedAtMs.get(session.context.sessionId) ?? 0) < oldestAllowedMs) void session.end()
    }
  }

  /** Stops taking turns: running ones get 10 s to end, then every session is closed. Nothing committed is lost. */
  async drain(): Promise<void> {
    clearInterval(this.#timer)
    const sessions = await this.#settledSessions()
    const patience = new Promise<void>((resolve) => setTimeout(resolve, drainTurnMs).unref())
    await Promise.race([Promise.all(sessions.map((session) => session.settled())), patience])
    await Promise.all(
      sessions.map(async (session) => {
        await session.end()
        await this.#options
          .closeStopped(session)
          .catch((error: unknown) => this.#options.log('session could not be closed', error))
      }),
    )
  }

  /** Live sessions, those included that were being loaded just now. */
  async #settledSessions(): Promise<readonly LiveSession[]> {
    const settled = await Promise.allSettled(this.#loading.values())
    return settled.flatMap((result) => (result.status === 'fulfilled' && !result.value.isEnded ? [result.value] : []))
  }
}
