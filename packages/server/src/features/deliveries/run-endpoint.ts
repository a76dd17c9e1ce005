/**
 * Delivers what is due at one endpoint, from the claim of its wake-up to the next one.
 *
 * claimed -> round: write what ended, lease what is due -> sending, each in its lane -> round ... -> nothing due, nothing running
 *               | endpoint gone, disabled, or no room among the slow ones           | we stop            -> settled, next wake-up put
 *               +--------------------------------------------------> over <---------+
 *
 * A round is one short transaction; nothing is sent inside one. What a lease took and nobody wrote down (a crash, a stop, a
 * database that is away) is due again when the lease ends, under the same id and with the same bytes.
 */
import { encodeId, type Uuid } from '@hyponema/contract'
import { AppError } from '../../kernel/app-error.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { WorkspaceScope } from '../../kernel/workspace-scope.ts'
import { signWebhook } from '../../platform/crypto/webhook-signature.ts'
import type { DeliveryLanes, Lane } from '../../platform/jobs/delivery-lanes.ts'
import { settleDispatch } from '../../platform/jobs/settle-dispatch.ts'
import type { OutboundDoor } from '../../platform/outbound/outbound-door.ts'
import type { Database } from '../../platform/postgres/database.ts'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'
import { listLiveVersions, type SealedCredentialVersion } from '../credentials/public.ts'
import { openEvents } from '../webhooks/public.ts'
import { readOutboundHosts } from '../workspaces/public.ts'
import type { SigningSecrets } from './open-signing-secrets.ts'
import { type Disabled, type Finished, type ResultParts, recordResults } from './record-results.ts'
import { sendAttempt } from './send-attempt.ts'
import { type EndpointRow, findEndpoint, findNextDue, leaseDeliveries, postponeDeliveries } from './store.ts'

export type EndpointParts = ResultParts & {
  readonly database: Pick<Database, 'workerWithWorkspace'>
  readonly door: Pick<OutboundDoor, 'fetch'>
  readonly signingSecrets: SigningSecrets
  readonly lanes: DeliveryLanes
  readonly clock: Clock
  readonly claimant: Uuid
  readonly onDisabled: (scope: WorkspaceScope, disabled: Disabled) => void
  readonly onError: (error: unknown) => void
}

/** Nothing new is leased or sent after `stopping`; what still runs at `cutting` is cut and was no attempt. */
export type EndpointSignals = { readonly stopping: AbortSignal; readonly cutting: AbortSignal }

/** A request takes 15 s at most, and one that waited longer than `staleMs` is not sent any more: both end before the lease. */
const leaseMs = 30_000
const staleMs = 10_000
/** At an endpoint whose last attempt succeeded. */
const maxInFlight = 16
/** While one of its requests is slow. */
const besideSlow = 4
/** Leased in one transaction, so that its cost is shared. */
const maxLeased = 64
/** Ended attempts are written together: this many, or those of this long. */
const fullBatch = 32
const lingerMs = 20
/** An event that could not be opened, or no room in the lane: neither ends sooner. */
const unreadableMs = 5 * 60_000
const crowdedMs = 2_000
/** An ordered session waits for an event that has not been fanned out yet. */
const blockedMs = 500
/** A round that failed is tried again, until what it has to write is due again by itself. */
const roundPauseMs = 1_000

type Ready = Finished['delivery'] & {
  readonly eventId: Uuid
  readonly body: Buffer
  readonly leasedAtMs: number
  readonly target: Target
}
/** As it was when the delivery was leased. */
type Target = {
  readonly url: string
  readonly onlyHosts: readonly string[] | null
  readonly hmac: readonly SealedCredentialVersion[]
  readonly ed25519: readonly SealedCredentialVersion[]
}
type Postponed = { readonly id: Uuid; readonly leasedUntil: Date; readonly dueAt: Date }

/** Resolves when nothing is due any more. Failures are told to `onError`. */
export function runEndpoint(
  parts: EndpointParts,
  options: EndpointSignals & { readonly scope: WorkspaceScope; readonly webhookId: Uuid },
): Promise<void> {
  return new EndpointRun(parts, options).done
}

class EndpointRun {
  readonly done: Promise<void>
  readonly #parts: EndpointParts
  readonly #options: Parameters<typeof runEndpoint>[1]
  readonly #ended = Promise.withResolvers<void>()
  #ready: Ready[] = []
  #finished: Finished[] = []
  #postponed: Postponed[] = []
  #inFlight = 0
  #window = 1
  #failures = 0
  /** Requests that have run for longer than those of the fast lane do. */
  #slowOnes = 0
  /** The last lease found less than it asked for. */
  #drained = false
  #roundRuns = false
  #linger: NodeJS.Timeout | undefined
  #waitsForRoom: (() => void) | undefined
  #failedRounds = 0
  #isOver = false

  constructor(parts: EndpointParts, options: Parameters<typeof runEndpoint>[1]) {
    this.#parts = parts
    this.#options = options
    this.done = this.#ended.promise
    options.stopping.addEventListener('abort', this.#tick, { once: true })
    void this.#round()
  }

  get #lane(): Lane {
    return this.#failures === 0 && this.#slowOnes === 0 ? 'fast' : 'slow'
  }

  /** One request that hangs does not stop an endpoint that answers others; many do. */
  get #atOnce(): number {
    if (this.#lane === 'fast') return this.#window
    return this.#failures === 0 ? Math.min(this.#window, besideSlow) : 1
  }

  get #isIdle(): boolean {
    return this.#inFlight === 0 && this.#ready.length === 0
  }

  get #stopping(): boolean {
    return this.#options.stopping.aborted
  }

  readonly #tick = (): void => {
    if (this.#isOver) return
    if (this.#stopping) this.#ready = []
    this.#startSending()
    if (this.#roundRuns) return
    const ended = this.#finished.length + this.#postponed.length
    const isLow = !this.#drained && !this.#stopping && this.#wanted() >= Math.min(this.#window * 2, fullBatch)
    if (ended >= fullBatch || isLow || this.#isIdle) {
      void this.#round()
    } else if (ended > 0) {
      this.#linger ??= setTimeout(() => {
        this.#linger = undefined
        if (!this.#roundRuns) void this.#round()
      }, lingerMs)
    }
  }

  #wanted(): number {
    const most = this.#lane === 'fast' ? Math.min(maxLeased, this.#window * 4) : this.#atOnce
    return most - this.#ready.length - (this.#lane === 'fast' ? 0 : this.#inFlight)
  }

  #startSending(): void {
    while (this.#ready.length > 0 && this.#inFlight < this.#atOnce) {
      const lane = this.#lane
      let wasSlow = false
      const place = this.#parts.lanes.take(lane, this.#options.scope.workspaceId, () => {
        wasSlow = true
        this.#slowOnes += 1
        this.#tick()
      })
      if (place === undefined) {
        this.#waitsForRoom ??= this.#parts.lanes.waitForRoom(lane, this.#options.scope.workspaceId, () => {
          this.#waitsForRoom = undefined
          this.#tick()
        })
        return
      }
      const leave = (): void => {
        place.leave()
        if (wasSlow) this.#slowOnes -= 1
      }
      const ready = this.#ready.shift()
      // What has waited for too long is due again when its lease ends.
      if (ready === undefined || this.#nowMs - ready.leasedAtMs > staleMs) leave()
      else void this.#send(ready, leave)
    }
  }

  async #send(ready: Ready, leave: () => void): Promise<void> {
    this.#inFlight += 1
    const beganAtMs = this.#nowMs
    try {
      const attempted = await this.#request(ready, beganAtMs)
      if (attempted.outcome !== 'none') {
        const { url } = ready.target
        this.#finished.push({ delivery: ready, url, attempted, beganAtMs, endedAtMs: this.#nowMs })
        const succeeded = attempted.outcome === 'succeeded'
        this.#failures = succeeded ? 0 : this.#failures + 1
        this.#window = succeeded ? Math.min(maxInFlight, this.#window * 2) : 1
      } else if (attempted.againInMs !== undefined) {
        this.#postpone(ready, attempted.againInMs)
        this.#window = 1
      }
    } catch (error) {
      // Its secrets did not open: what is due here stays due.
      this.#parts.onError(error)
      this.#postpone(ready, unreadableMs)
    } finally {
      this.#inFlight -= 1
      leave()
      this.#tick()
    }
  }

  async #request(ready: Ready, beganAtMs: number) {
    const { door, signingSecrets } = this.#parts
    const { workspaceId } = this.#options.scope
    const { url, onlyHosts, hmac, ed25519 } = ready.target
    const id = encodeId('event', ready.eventId)
    const timestampSeconds = Math.floor(beganAtMs / 1000)
    const secrets = await signingSecrets.open(workspaceId, [...hmac, ...ed25519])
    const signature = signWebhook({
      id,
      timestampSeconds,
      body: ready.body,
      hmac: secrets.slice(0, hmac.length),
      ed25519: secrets.slice(hmac.length),
    })
    return sendAttempt(door, {
      workspaceId,
      onlyHosts,
      url,
      body: ready.body,
      headers: {
        'webhook-id': id,
        'webhook-timestamp': String(timestampSeconds),
        'webhook-signature': signature,
      },
      signal: this.#options.cutting,
      nowMs: () => this.#nowMs,
    })
  }

  #postpone({ id, leasedUntil }: Pick<Ready, 'id' | 'leasedUntil'>, againInMs: number): void {
    this.#postponed.push({ id, leasedUntil, dueAt: new Date(this.#nowMs + againInMs) })
  }

  async #round(): Promise<void> {
    this.#roundRuns = true
    clearTimeout(this.#linger)
    this.#linger = undefined
    const [finished, postponed] = [this.#finished, this.#postponed]
    this.#finished = []
    this.#postponed = []
    try {
      const { leased, isOver, disabled } = await this.#parts.database.workerWithWorkspace(this.#options.scope, (tx) =>
        this.#write(tx, finished, postponed),
      )
      this.#failedRounds = 0
      this.#ready.push(...leased)
      if (disabled !== undefined) this.#parts.onDisabled(this.#options.scope, disabled)
      if (isOver) return this.#end()
    } catch (error) {
      this.#parts.onError(error)
      this.#failedRounds += 1
      if (this.#failedRounds > 3 || this.#stopping) return this.#end()
      this.#finished.unshift(...finished)
      this.#postponed.unshift(...postponed)
      await new Promise((resolve) => setTimeout(resolve, roundPauseMs))
    } finally {
      this.#roundRuns = false
    }
    this.#tick()
  }

  async #write(
    tx: WorkspaceTx,
    finished: readonly Finished[],
    postponed: readonly Postponed[],
  ): Promise<{ leased: readonly Ready[]; isOver: boolean; disabled: Disabled | undefined }> {
    const { webhookId } = this.#options
    const nowMs = this.#nowMs
    const wasIdle = this.#isIdle && this.#finished.length === 0
    const disabled =
      finished.length === 0 ? undefined : await recordResults(tx, this.#parts, { webhookId, finished, nowMs })
    if (postponed.length > 0) await postponeDeliveries(tx, postponed)
    const endpoint = await findEndpoint(tx, webhookId)
    const leased = await this.#lease(tx, endpoint)
    if (leased === 'crowded') return { leased: [], isOver: await this.#settle(tx, endpoint, crowdedMs), disabled }
    const hasNothing = wasIdle && leased.length === 0 && this.#postponed.length === 0
    const isOver = hasNothing ? await this.#settle(tx, endpoint, 0) : false
    return { leased, isOver, disabled }
  }

  async #lease(tx: WorkspaceTx, endpoint: EndpointRow | undefined): Promise<readonly Ready[] | 'crowded'> {
    if (endpoint?.state !== 'enabled') {
      this.#ready = []
      return []
    }
    // What was leased for another URL is due again when its lease ends.
    this.#ready = this.#ready.filter(({ target }) => target.url === endpoint.url)
    if (this.#inFlight === 0 && this.#ready.length === 0) this.#failures = endpoint.consecutiveFailures
    const { lanes, clock, contentKeys } = this.#parts
    const limit = this.#wanted()
    if (this.#stopping || limit < 1) return []
    if (this.#lane === 'slow' && this.#isIdle && !lanes.hasRoom('slow', tx.workspaceId)) return 'crowded'
    const now = new Date(clock.nowMs())
    const until = new Date(now.getTime() + leaseMs)
    const rows = await leaseDeliveries(tx, { webhookId: endpoint.id, ordered: endpoint.ordered, now, until, limit })
    this.#drained = rows.length < limit
    if (rows.length === 0) return []
    const [bodies, hmac, ed25519, onlyHosts] = await Promise.all([
      openEvents(
        tx,
        rows.map((row) => ({ ...row, id: row.eventId })),
        contentKeys,
      ),
      listLiveVersions(tx, endpoint.hmacCredentialId),
      endpoint.ed25519CredentialId === null ? [] : listLiveVersions(tx, endpoint.ed25519CredentialId),
      readOutboundHosts(tx),
    ])
    const target = { url: endpoint.url, onlyHosts, hmac, ed25519 }
    return rows.flatMap((row) => {
      const body = bodies.get(row.eventId)
      if (body instanceof Buffer) return [{ ...row, body, leasedUntil: until, leasedAtMs: now.getTime(), target }]
      this.#parts.onError(body ?? new AppError('server.internal', `event ${row.eventId} was not opened`))
      this.#postpone({ id: row.id, leasedUntil: until }, unreadableMs)
      return []
    })
  }

  /** Gives the wake-up back and puts the next one; one that somebody put meanwhile is newer than ours and stays. */
  async #settle(tx: WorkspaceTx, endpoint: EndpointRow | undefined, atLeastMs: number): Promise<boolean> {
    const { webhookId } = this.#options
    const settled = await settleDispatch(tx, { kind: 'webhook', refs: [webhookId] }, this.#parts.claimant)
    if (settled.length === 0 || endpoint === undefined) return true
    const due = await findNextDue(tx, webhookId, endpoint.ordered)
    if (due === undefined) return true
    const soonestMs = this.#nowMs + Math.max(atLeastMs, endpoint.ordered ? blockedMs : 0)
    await tx.dispatchPut('webhook', webhookId, new Date(Math.max(due.getTime(), soonestMs)))
    return true
  }

  #end(): void {
    this.#isOver = true
    this.#waitsForRoom?.()
    this.#options.stopping.removeEventListener('abort', this.#tick)
    this.#ended.resolve()
  }

  get #nowMs(): number {
    return this.#parts.clock.nowMs()
  }
}
