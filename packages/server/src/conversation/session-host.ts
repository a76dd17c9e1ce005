/**
 * The live sessions of this process and their leases.
 *
 * serving -> draining (no new sessions; those that are being joined are waited for) -> drained
 *
 * A session is owned by one process (boot id) under a lease that is renewed every 5 s. An owner that could not renew
 * stops speaking before anybody else may take the session over (lease-watch.ts); a signal that a session has ended, or that a
 * credential was revoked, or that floors are set, is a wake-up, and the rows in the workspace decide. Each renewal looks at the
 * credentials and floors again, so that a signal that nobody heard takes effect too.
 */
import type { Uuid } from '@hyponema/contract'
import { findRevocationSignal, listKeptVersions } from '../features/credentials/public.ts'
import { findEscalationSignal, findHandOver } from '../features/escalations/public.ts'
import { isFloorSignal } from '../features/policies/public.ts'
import { findEndedSignal, findSession } from '../features/sessions/public.ts'
import type { SessionClaims } from '../guards/session-token.ts'
import { AppError } from '../kernel/app-error.ts'
import type { Clock } from '../kernel/clock.ts'
import { within } from '../kernel/within.ts'
import type { Database } from '../platform/postgres/database.ts'
import { installationScope } from '../platform/postgres/installation-scope.ts'
import type { WorkspaceTx } from '../platform/postgres/workspace-tx.ts'
import { LeaseWatch, leaseTtlMs, renewEveryMs } from './lease-watch.ts'
import type { LiveSession } from './live-session.ts'
import type { SessionContext } from './pipeline/session-context.ts'

const drainTurnMs = 10_000
/** A session that is over is not kept alive for the sake of its reason. */
const refusedReadMs = 1_000

/** What a verified token says, and who may use it from where. */
export type JoinRequest = Omit<SessionClaims, 'kind'> & {
  /** A `turn` token speaks for its session until that ends; a `connect` token is spent by the first join. */
  readonly kind: 'turn' | 'connect'
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
  /** Reads the floors of now for sessions of one workspace; what comes back puts them in force, and names whom they cannot hold. */
  readonly followFloors: (tx: WorkspaceTx, contexts: readonly SessionContext[]) => Promise<() => readonly Uuid[]>
  /** Writes what sessions have left behind them, before the process stops. */
  readonly flush: () => Promise<void>
  readonly log: (message: string, error: unknown) => void
}

export class SessionHost {
  readonly #options: SessionHostOptions
  readonly #loading = new Map<Uuid, Promise<LiveSession>>()
  readonly #live = new Map<Uuid, LiveSession>()
  readonly #leases: LeaseWatch
  /** Sessions whose renewal has been asked for and not answered. */
  readonly #renewing = new Set<Uuid>()
  #stage: 'serving' | 'draining' | 'drained' = 'serving'
  #timer: NodeJS.Timeout | undefined

  constructor(options: SessionHostOptions) {
    this.#options = options
    this.#leases = new LeaseWatch({
      clock: options.clock,
      onRunOut: (sessionId) => void this.#live.get(sessionId)?.end('owner_lost'),
    })
  }

  start(): void {
    this.#timer = setInterval(() => void this.renewLeases(), renewEveryMs)
    this.#timer.unref()
  }

  get liveCount(): number {
    return this.#loading.size
  }

  /** From the moment that the process is asked to stop. */
  get isDraining(): boolean {
    return this.#stage !== 'serving'
  }

  /**
   * The live session, loaded and claimed now if this is its first message. Each caller answers for its own token and
   * origin: an older token of a session that lives is refused, and a refused first caller does not refuse the next. While
   * the host drains nobody joins: server.draining.
   */
  async join(request: JoinRequest): Promise<LiveSession> {
    for (;;) {
      // In one step with the entry in `#loading`, so that a drain either sees a join or has refused it.
      if (this.#stage !== 'serving') throw new AppError('server.draining', 'the host takes no more sessions')
      const loading = this.#loading.get(request.sessionId)
      if (loading === undefined) return this.#load(request)
      if (request.kind === 'connect') throw new AppError('session.token_invalid', 'the session has its one socket')
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
    const askedAtMs = this.#options.clock.nowMs()
    const loading = this.#options.load(request)
    this.#loading.set(sessionId, loading)
    try {
      const session = await loading
      if (this.#loading.get(sessionId) !== loading) return session
      this.#live.set(sessionId, session)
      this.#leases.hold(sessionId, askedAtMs)
      await this.#keepLate(session)
      return session
    } catch (error) {
      if (this.#loading.get(sessionId) === loading) this.forget(sessionId)
      throw error
    }
  }

  /** A session whose loading took so long that its lease may be over, or that nobody here serves any more. */
  async #keepLate(session: LiveSession): Promise<void> {
    if (this.#stage === 'drained') {
      await this.#close(session)
      throw new AppError('server.draining', 'the host has drained')
    }
    if (this.holdsLease(session.context.sessionId)) return
    await this.#renew([session])
    if (this.holdsLease(session.context.sessionId)) return
    void session.end('owner_lost')
    throw new AppError('session.owned_elsewhere', 'the lease ran out while loading', { retryAfterSeconds: 5 })
  }

  /** Whether this process may still speak for the session. */
  holdsLease(sessionId: Uuid): boolean {
    return this.#leases.holds(sessionId)
  }

  forget(sessionId: Uuid): void {
    this.#loading.delete(sessionId)
    this.#live.delete(sessionId)
    this.#leases.release(sessionId)
  }

  /** A wake-up: reads the signal's row inside its workspace and ends the session only if its own row says that it ended. */
  async onSignal(wake: { readonly workspaceId: Uuid; readonly signalId: Uuid }): Promise<void> {
    const sessions = await this.#settledSessions()
    if (wake.workspaceId === installationScope().workspaceId) return this.#onInstallationSignal(wake.signalId, sessions)
    const scope = sessions.find(({ context }) => context.scope.workspaceId === wake.workspaceId)?.context.scope
    if (scope === undefined) return
    await this.#options.database.withWorkspace(scope, async (tx) => {
      const ended = await findEndedSignal(tx, wake.signalId)
      if (ended === undefined) return this.#onOtherSignal(tx, wake.signalId, sessions)
      const session = sessions.find(({ context }) => context.sessionId === ended)
      if (session === undefined) return
      const row = await findSession(tx, session.context.sessionId)
      if (row?.endedAt != null) void session.end(row.endReason ?? 'ended_by_backend')
    })
  }

  async #onOtherSignal(tx: WorkspaceTx, signalId: Uuid, sessions: readonly LiveSession[]): Promise<void> {
    const called = await findEscalationSignal(tx, signalId)
    if (called === undefined) return this.#onRevoked(tx, signalId, sessions)
    const session = sessions.find(({ context }) => context.sessionId === called)
    if (session !== undefined) await readHandOver(tx, session)
  }

  /** Floors of the installation are everybody's. */
  async #onInstallationSignal(signalId: Uuid, sessions: readonly LiveSession[]): Promise<void> {
    const { database } = this.#options
    if (sessions.length === 0) return
    if (!(await database.withWorkspace(installationScope(), (tx) => isFloorSignal(tx, signalId)))) return
    const byWorkspace = Map.groupBy(sessions, ({ context }) => context.scope.workspaceId)
    await Promise.all([...byWorkspace.values()].map((group) => this.#followFloors(group)))
  }

  async #followFloors(sessions: readonly LiveSession[]): Promise<void> {
    const [first] = sessions
    if (first === undefined) return
    const contexts = sessions.map(({ context }) => context)
    const { database, followFloors } = this.#options
    const swap = await database.withWorkspace(first.context.scope, (tx) => followFloors(tx, contexts))
    this.#endUnheld(swap())
  }

  /** Rather no session than one without a floor. */
  #endUnheld(ids: readonly Uuid[]): void {
    for (const id of ids) void this.#live.get(id)?.end('ended_by_policy')
  }

  async #onRevoked(tx: WorkspaceTx, signalId: Uuid, sessions: readonly LiveSession[]): Promise<void> {
    const revoked = await findRevocationSignal(tx, signalId)
    const own = sessions.filter(({ context }) => context.scope.workspaceId === tx.workspaceId)
    if (revoked === undefined && (await isFloorSignal(tx, signalId))) return this.#followFloors(own)
    if (own.some(({ context }) => context.credentials.some(({ credentialId }) => credentialId === revoked)))
      await wipeWithdrawn(tx, own)
  }

  /** After a gap in signals: looks every live session up. Renewal does it: an ended session has no lease. */
  async renewLeases(): Promise<void> {
    const waiting = [...this.#live.values()].filter(
      (session) => !session.isEnded && !this.#renewing.has(session.context.sessionId),
    )
    const byWorkspace = Map.groupBy(waiting, (session) => session.context.scope.workspaceId)
    await Promise.all([...byWorkspace.values()].map((group) => this.#renew(group)))
  }

  /** What is not answered in time is not waited for: the lease watch ends its session. */
  async #renew(sessions: readonly LiveSession[]): Promise<void> {
    const [first] = sessions
    if (first === undefined) return
    const { database, clock, bootId, log, followFloors } = this.#options
    const ids = sessions.map((session) => session.context.sessionId)
    const askedAtMs = clock.nowMs()
    for (const id of ids) this.#renewing.add(id)
    try {
      let swap = (): readonly Uuid[] => []
      const held = new Set(
        await database.withWorkspace(first.context.scope, async (tx) => {
          const renewed = await tx.leaseRenew(ids, bootId, leaseTtlMs)
          await wipeWithdrawn(tx, sessions)
          // A signal that nobody heard takes effect here, too.
          for (const session of sessions) {
            if (session.context.handOver.state !== 'with_agent') await readHandOver(tx, session)
          }
          swap = await followFloors(
            tx,
            sessions.map(({ context }) => context),
          )
          return renewed
        }),
      )
      this.#endUnheld(swap())
      const refused: LiveSession[] = []
      for (const session of sessions) {
        const { sessionId } = session.context
        if (!held.has(sessionId)) refused.push(session)
        else if (this.#live.get(sessionId) === session && !session.isEnded) this.#leases.hold(sessionId, askedAtMs)
      }
      await Promise.all(refused.map((session) => this.#endRefused(session)))
    } catch (error) {
      log('leases could not be renewed', error)
    } finally {
      for (const id of ids) this.#renewing.delete(id)
    }
  }

  /** Silent at once; then the row says whether somebody ended it, whose signal has not come yet, or took it over. */
  async #endRefused(session: LiveSession): Promise<void> {
    const { sessionId, scope } = session.context
    this.#leases.release(sessionId)
    const read = this.#options.database.withWorkspace(scope, (tx) => findSession(tx, sessionId))
    const late = (): Error => new Error('the session was not found in time')
    const row = await within(refusedReadMs, read, late).catch(() => undefined)
    void session.end(row?.endReason ?? 'owner_lost')
  }

  /**
   * Stops taking sessions: running turns get 10 s to end, then every session is closed. Nothing committed is lost. Leases
   * are renewed meanwhile.
   */
  async drain(): Promise<void> {
    this.#stage = 'draining'
    const patience = Promise.withResolvers<void>()
    const timer = setTimeout(patience.resolve, drainTurnMs)
    await Promise.race([this.#settledSessions(), patience.promise])
    await Promise.race([Promise.all([...this.#live.values()].map((session) => session.settled())), patience.promise])
    clearTimeout(timer)
    this.#stage = 'drained'
    await Promise.all([...this.#live.values()].map((session) => this.#close(session)))
    clearInterval(this.#timer)
    await this.#options.flush()
  }

  async #close(session: LiveSession): Promise<void> {
    // One that ended for a reason of its own is only waited for.
    if (session.isEnded) return session.end('server_stopped')
    await session.end('server_stopped')
    await this.#options
      .closeStopped(session)
      .catch((error: unknown) => this.#options.log('session could not be closed', error))
  }

  /** Live sessions, those included that were being loaded just now. */
  async #settledSessions(): Promise<readonly LiveSession[]> {
    const settled = await Promise.allSettled(this.#loading.values())
    return settled.flatMap((result) => (result.status === 'fulfilled' && !result.value.isEnded ? [result.value] : []))
  }
}

/** Reads who was called, who came and what they say, for a session that this process owns. */
async function readHandOver(tx: WorkspaceTx, { context, isEnded }: LiveSession): Promise<void> {
  if (isEnded) return
  const look = context.handOver.beginLook()
  context.handOver.update(await findHandOver(tx, context.sessionId, context.userKey), look)
}

/** Has these sessions, all of the transaction's workspace, let go of what somebody revoked or deleted. */
async function wipeWithdrawn(tx: WorkspaceTx, sessions: readonly LiveSession[]): Promise<void> {
  const held = sessions.flatMap(({ context }) => context.credentials)
  if (held.length === 0) return
  const kept = await listKeptVersions(tx, [...new Set(held.map(({ credentialId }) => credentialId))])
  const names = new Set(kept.map(({ credentialId, version }) => `${credentialId} ${version}`))
  for (const one of held) if (!names.has(`${one.credentialId} ${one.version}`)) one.revoke()
}
