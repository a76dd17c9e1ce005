/**
 * Reads the sources of all workspaces: the loop of a worker.
 *
 * claim `knowledge` rows -> a try for each (run-source), at most two at once and one of a workspace, whoever was served longest ago
 * first -> woken by the end of a try, or by the poll. What is claimed and finds no place is put back: whoever has room takes it.
 *
 * A claim knows ids and times of workspaces alone; each source is handled inside its own. A stop begins nothing more, waits a
 * little for what is being read, and cuts the rest, which is queued again and does not count as a try.
 */
import { setTimeout as pause } from 'node:timers/promises'
import type { Uuid } from '@hyponema/contract'
import type { WorkspaceScope } from '../../kernel/workspace-scope.ts'
import type { claimDispatch, DueRow } from '../../platform/jobs/claim-dispatch.ts'
import { settleDispatch } from '../../platform/jobs/settle-dispatch.ts'
import { claimSource, holdMs } from './claim-source.ts'
import { runSource, type SourceParts } from './run-source.ts'

export type Processing = {
  readonly start: () => void
  /** Reads what is due now, to its end. Returns how many sources were claimed. For tests. */
  readonly runOnce: () => Promise<number>
  readonly stop: () => Promise<void>
}

export type ProcessingOptions = Omit<SourceParts, 'onError' | 'reportMs'> & {
  /** Asks the queue, which knows no workspace, for rows that are due. */
  readonly claim: (most: Parameters<typeof claimDispatch>[1]) => Promise<readonly DueRow[]>
  /** Names this process in the claims. */
  readonly claimant: Uuid
  readonly onError: (error: unknown) => void
  readonly pollMs?: number
  readonly reportMs?: number
  readonly stopGraceMs?: number
}

/** Somebody who has sent a file looks after a second. */
const usualPollMs = 500
const longestPauseMs = 15_000
/** Far more often than a hold ends, and often enough to look at. */
const usualReportMs = 2_000
/** As many as are read at once (platform/documents/parse-document.ts); more would hold sources and wait. */
const mostRuns = 2
/** So many workspaces are looked at for the one that waits longest; more could each have a source in hand for two minutes. */
const mostClaimed = 64
/** When these were served is remembered; who was forgotten is served as if for the first time. */
const mostRemembered = 10_000
/** Nobody is woken by it, so it is claimed again by the next end of a try or the next poll, here or elsewhere. */
const atOnce = new Date(0)
/** A text is read in a second. A stop as a whole has 25 s. */
const usualStopGraceMs = 5_000

export function createProcessing(options: ProcessingOptions): Processing {
  return new Runner(options)
}

class Runner implements Processing {
  readonly #options: ProcessingOptions
  readonly #parts: SourceParts
  readonly #stopping = new AbortController()
  readonly #cutting = new AbortController()
  /** By workspace. */
  readonly #runs = new Map<Uuid, Promise<void>>()
  /** The workspaces in the order in which each was served last. */
  readonly #served = new Set<Uuid>()
  #wake = Promise.withResolvers<void>()
  #loop: Promise<void> | undefined

  constructor(options: ProcessingOptions) {
    this.#options = options
    this.#parts = { ...options, reportMs: options.reportMs ?? usualReportMs }
  }

  readonly start = (): void => {
    this.#loop ??= this.#poll()
  }

  readonly runOnce = async (): Promise<number> => {
    let claimed = 0
    for (let found = await this.#pass(); found > 0 || this.#runs.size > 0; found = await this.#pass()) {
      claimed += found
      if (this.#runs.size > 0) await Promise.race(this.#runs.values())
    }
    return claimed
  }

  readonly stop = async (): Promise<void> => {
    this.#stopping.abort()
    this.#wake.resolve()
    await this.#loop
    const cut = setTimeout(() => this.#cutting.abort(), this.#options.stopGraceMs ?? usualStopGraceMs)
    await Promise.all(this.#runs.values())
    clearTimeout(cut)
  }

  async #poll(): Promise<void> {
    const { signal } = this.#stopping
    const usualMs = this.#options.pollMs ?? usualPollMs
    let pauseMs = usualMs
    while (!signal.aborted) {
      try {
        await this.#pass()
        pauseMs = usualMs
      } catch (error) {
        this.#options.onError(error)
        pauseMs = Math.min(Math.max(pauseMs, usualMs) * 2, longestPauseMs)
      }
      await Promise.race([pause(pauseMs, undefined, { signal }).catch(() => undefined), this.#wake.promise])
      this.#wake = Promise.withResolvers()
    }
  }

  /** Returns how many sources were begun. */
  async #pass(): Promise<number> {
    if (this.#runs.size >= mostRuns) return 0
    const { claim, claimant } = this.#options
    const rows = await claim({ kinds: ['knowledge'], perWorkspace: 1, maxRows: mostClaimed, claimant, holdMs })
    const begun = this.#inTurn(rows).filter(({ scope, ref }) => this.#begin(scope, ref))
    await Promise.all(rows.filter((row) => !begun.includes(row)).map((row) => this.#putBack(row)))
    return begun.length
  }

  /** The queue's own order would let two that always have something due go before whoever was put back. */
  #inTurn(rows: readonly DueRow[]): readonly DueRow[] {
    const places = new Map([...this.#served].map((workspaceId, index) => [workspaceId, index]))
    const placeOf = ({ scope }: DueRow): number => places.get(scope.workspaceId) ?? -1
    return rows.toSorted((one, other) => placeOf(one) - placeOf(other))
  }

  #remember(workspaceId: Uuid): void {
    this.#served.delete(workspaceId)
    this.#served.add(workspaceId)
    const [longestAgo] = this.#served
    if (this.#served.size > mostRemembered && longestAgo !== undefined) this.#served.delete(longestAgo)
  }

  #begin(scope: WorkspaceScope, id: Uuid): boolean {
    const { workspaceId } = scope
    if (this.#runs.size >= mostRuns || this.#runs.has(workspaceId) || this.#stopping.signal.aborted) return false
    this.#remember(workspaceId)
    const done = this.#run(scope, id)
      .catch(this.#options.onError)
      .finally(() => {
        this.#runs.delete(workspaceId)
        this.#wake.resolve()
      })
    this.#runs.set(workspaceId, done)
    return true
  }

  async #run(scope: WorkspaceScope, id: Uuid): Promise<void> {
    const { withWorkspace, clock } = this.#options
    const claimed = await withWorkspace(scope, (tx) => claimSource(tx, id, clock.nowMs()))
    if (claimed !== undefined) await runSource(this.#parts, { scope, claimed, cutting: this.#cutting.signal })
  }

  /** Where the row has gone or was put anew meanwhile, it is due as whoever did that wants it. */
  async #putBack({ scope, ref }: DueRow): Promise<void> {
    const { withWorkspace, claimant } = this.#options
    await withWorkspace(scope, async (tx) => {
      const settled = await settleDispatch(tx, { kind: 'knowledge', refs: [ref] }, claimant)
      if (settled.length > 0) await tx.dispatchPut('knowledge', ref, atOnce)
    }).catch(this.#options.onError)
  }
}
