/**
 * Delivers events to the endpoints of all workspaces: the two loops of a worker.
 *
 * fan-out: claim `outbox` rows -> one transaction for each workspace: which endpoints want which event, deliveries, wake-ups -> at once again while full
 * pump:    claim `webhook` rows -> a run for each endpoint (run-endpoint) -> woken by the fan-out, by the end of a run, or by the poll
 * care:    claim `webhook_care` rows, each daily -> old rows go, what only fails is turned off
 *
 * Both loops only know ids and times of other workspaces; each row is handled inside its own.
 */
import { setTimeout as pause } from 'node:timers/promises'
import type { Uuid } from '@hyponema/contract'
import type { WorkspaceScope } from '../../kernel/workspace-scope.ts'
import type { CredentialSealer } from '../../platform/crypto/credential-sealer.ts'
import type { claimDispatch, DueRow } from '../../platform/jobs/claim-dispatch.ts'
import { DeliveryLanes } from '../../platform/jobs/delivery-lanes.ts'
import { openSigningSecrets } from './open-signing-secrets.ts'
import { runCare } from './run-care.ts'
import { type EndpointParts, runEndpoint } from './run-endpoint.ts'
import { runFanOut } from './run-fan-out.ts'
import { runFewRounds } from './run-few-rounds.ts'

export type Deliveries = {
  readonly start: () => void
  /** Fans out and delivers what is due now, to its end. Returns how many rows were claimed. For tests. */
  readonly runOnce: () => Promise<number>
  /** Begins nothing more, waits a little for what is being sent, cuts the rest: its leases end, and it is sent again. */
  readonly stop: () => Promise<void>
}

export type DeliveryOptions = Omit<EndpointParts, 'signingSecrets' | 'lanes' | 'onError'> & {
  /** Asks the queue, which knows no workspace, for rows that are due. */
  readonly claim: (most: Parameters<typeof claimDispatch>[1]) => Promise<readonly DueRow[]>
  readonly sealer: Pick<CredentialSealer, 'open'>
  readonly lanes?: DeliveryLanes
  readonly onError: (error: unknown, kind: string) => void
  readonly pollMs?: number
}

/** Soon enough that an event is on its way within a quarter of a second. */
const usualPollMs = 200
const longestPauseMs = 5_000
/** A worker that was killed held its rows for as long; a run that takes longer claims its row anew. */
const holdMs = 30_000
/** With 50 endpoints these are 10,000 deliveries in one transaction. */
const eventsPerWorkspace = 200
/** As many as a workspace has endpoints, at most. */
const endpointsPerWorkspace = 50
const mostClaimed = 1_000
/** Runs at the same time: as many as both lanes hold, and what waits for a place in them. */
const maxRuns = 2_000
/** Rounds of one workspace with the database at the same time: the worker has eight connections. */
const roundsPerWorkspace = 3
/** Transactions of the fan-out at the same time. */
const fanOutsAtOnce = 3
/** For what is being sent when we are told to stop. A stop as a whole has 25 s. */
const stopGraceMs = 5_000

export function createDeliveries(options: DeliveryOptions): Deliveries {
  return new Runner(options)
}

class Runner implements Deliveries {
  readonly #options: DeliveryOptions
  readonly #parts: EndpointParts
  readonly #pollMs: number
  readonly #stopping = new AbortController()
  readonly #cutting = new AbortController()
  /** By endpoint; `again` where its wake-up was claimed while it runs. */
  readonly #runs = new Map<string, { readonly done: Promise<void>; again: boolean }>()
  #wake = Promise.withResolvers<void>()
  #loops: Promise<unknown> | undefined

  constructor(options: DeliveryOptions) {
    this.#options = options
    this.#pollMs = options.pollMs ?? usualPollMs
    this.#parts = {
      ...options,
      database: runFewRounds(options.database, roundsPerWorkspace),
      signingSecrets: openSigningSecrets(options.sealer),
      lanes: options.lanes ?? new DeliveryLanes(),
      onError: (error) => options.onError(error, 'webhook'),
    }
  }

  readonly start = (): void => {
    this.#loops ??= Promise.all([
      this.#loop('outbox', () => this.#fanOut()),
      this.#loop('webhook', () => this.#pump()),
      this.#loop('webhook_care', () => this.#care()),
    ])
  }

  readonly runOnce = async (): Promise<number> => {
    let claimed = await this.#care()
    for (let found = await this.#fanOut(); found > 0; found = await this.#fanOut())
      claimed += found + (await this.#pump())
    for (let found = await this.#pump(); found > 0 || this.#runs.size > 0; found = await this.#pump()) {
      claimed += found
      await Promise.all([...this.#runs.values()].map(({ done }) => done))
    }
    return claimed
  }

  readonly stop = async (): Promise<void> => {
    this.#stopping.abort()
    this.#wakePump()
    await this.#loops
    const cut = setTimeout(() => this.#cutting.abort(), stopGraceMs)
    while (this.#runs.size > 0) await Promise.all([...this.#runs.values()].map(({ done }) => done))
    clearTimeout(cut)
    this.#parts.signingSecrets.close()
  }

  /** One pass after the other: none waits while there was a full claim, each `pollMs` otherwise, longer while they fail. */
  async #loop(kind: 'outbox' | 'webhook' | 'webhook_care', pass: () => Promise<number>): Promise<void> {
    const { signal } = this.#stopping
    const full = kind === 'outbox' ? eventsPerWorkspace : kind === 'webhook' ? endpointsPerWorkspace : mostClaimed
    const usualMs = kind === 'webhook_care' ? longestPauseMs : this.#pollMs
    let pauseMs = usualMs
    while (!signal.aborted) {
      try {
        pauseMs = (await pass()) >= full ? 0 : usualMs
      } catch (error) {
        this.#options.onError(error, kind)
        pauseMs = Math.min(Math.max(pauseMs, usualMs) * 2, longestPauseMs)
      }
      const rest = pause(pauseMs, undefined, { signal }).catch(() => undefined)
      await (kind === 'webhook' ? Promise.race([rest, this.#wake.promise]) : rest)
      if (kind === 'webhook') this.#wake = Promise.withResolvers()
    }
  }

  async #fanOut(): Promise<number> {
    const rows = await this.#claim('outbox', { perWorkspace: eventsPerWorkspace, maxRows: mostClaimed })
    const waiting = [...Map.groupBy(rows, ({ scope }) => scope.workspaceId).values()]
    const lane = async (): Promise<void> => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await this.#fanOutOne(next)
    }
    await Promise.all(Array.from({ length: fanOutsAtOnce }, lane))
    return rows.length
  }

  async #fanOutOne(rows: readonly DueRow[]): Promise<void> {
    const [first] = rows
    if (first === undefined) return
    const { database, clock, newId, claimant } = this.#options
    try {
      const woken = await database.workerWithWorkspace(first.scope, (tx) =>
        runFanOut(tx, { eventIds: rows.map(({ ref }) => ref), now: new Date(clock.nowMs()), newId, claimant }),
      )
      if (woken > 0) this.#wakePump()
    } catch (error) {
      this.#options.onError(error, 'outbox')
    }
  }

  async #pump(): Promise<number> {
    const maxRows = Math.min(mostClaimed, maxRuns - this.#runs.size)
    if (maxRows < 1) return 0
    const rows = await this.#claim('webhook', { perWorkspace: endpointsPerWorkspace, maxRows })
    for (const { scope, ref } of rows) {
      const running = this.#runs.get(runKey(scope, ref))
      if (running === undefined) this.#run(scope, ref)
      else running.again = true
    }
    return rows.length
  }

  #run(scope: WorkspaceScope, webhookId: Uuid): void {
    const key = runKey(scope, webhookId)
    const signals = { stopping: this.#stopping.signal, cutting: this.#cutting.signal }
    const done = runEndpoint(this.#parts, { ...signals, scope, webhookId }).then(() => {
      const again = this.#runs.get(key)?.again === true
      this.#runs.delete(key)
      // Whoever claimed the wake-up left it to this run, which may have looked before there was something.
      if (again && !this.#stopping.signal.aborted) this.#run(scope, webhookId)
      else this.#wakePump()
    })
    this.#runs.set(key, { done, again: false })
  }

  async #care(): Promise<number> {
    const { database, clock, contentKeys, newId, claimant } = this.#options
    const rows = await this.#claim('webhook_care', { perWorkspace: endpointsPerWorkspace, maxRows: mostClaimed })
    for (const { scope, ref } of rows) {
      if (this.#stopping.signal.aborted) break
      try {
        const disabled = await database.workerWithWorkspace(scope, (tx) =>
          runCare(tx, { webhookId: ref, nowMs: clock.nowMs(), contentKeys, newId, claimant }),
        )
        if (disabled !== undefined) this.#options.onDisabled(scope, disabled)
      } catch (error) {
        this.#options.onError(error, 'webhook_care')
      }
    }
    return rows.length
  }

  #claim(kind: string, most: { perWorkspace: number; maxRows: number }): Promise<readonly DueRow[]> {
    const { claim, claimant } = this.#options
    return claim({ kinds: [kind], claimant, holdMs, ...most })
  }

  #wakePump(): void {
    this.#wake.resolve()
  }
}

function runKey({ workspaceId }: WorkspaceScope, webhookId: Uuid): string {
  return `${workspaceId} ${webhookId}`
}
