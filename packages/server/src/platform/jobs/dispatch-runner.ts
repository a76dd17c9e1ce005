/**
 * Finds what is due in `dispatch` and handles it, each row in a transaction of its own workspace.
 *
 * polling -> claimed -> handled and settled (row removed, in the handler's transaction)
 *    ^          | handler throws: rolled back, the row stays claimed and is due again after holdMs
 *    |          v
 *    +------ pause: none when there was a full claim, pollMs otherwise, doubled up to maxPauseMs while claiming fails
 */
import { setTimeout as pause } from 'node:timers/promises'
import type { Uuid } from '@hyponema/contract'
import type { Database } from '../postgres/database.ts'
import type { WorkspaceTx } from '../postgres/workspace-tx.ts'
import { claimDispatch, type DueRow } from './claim-dispatch.ts'
import { settleDispatch } from './settle-dispatch.ts'

/** Acts on one due row. It re-reads the entity and does nothing unless the state there allows it. */
export type DispatchHandler = (tx: WorkspaceTx, ref: Uuid) => Promise<void>

export type DispatchRunner = {
  /** Handles what is due now and returns how many rows were claimed. For tests and for a first sweep at start. */
  readonly runOnce: () => Promise<number>
  readonly start: () => void
  /** Claims nothing more and waits for the handlers that run. */
  readonly stop: () => Promise<void>
}

export type DispatchRunnerOptions = {
  readonly database: Pick<Database, 'logins' | 'workerWithWorkspace'>
  readonly handlers: Readonly<Record<string, DispatchHandler>>
  /** Names this process in the claims: its boot id. */
  readonly claimant: Uuid
  readonly onError: (error: unknown, row: DueRow | undefined) => void
  readonly pollMs?: number
  /** Longer than any handler may take; a handler that is killed is repeated after it. */
  readonly holdMs?: number
  readonly perWorkspace?: number
  readonly concurrency?: number
}

const maxPauseMs = 30_000

export function createDispatchRunner(options: DispatchRunnerOptions): DispatchRunner {
  const settings = { pollMs: 1_000, holdMs: 60_000, perWorkspace: 10, concurrency: 4, ...options }
  const stopping = new AbortController()
  let loop: Promise<void> | undefined
  const runOnce = async (): Promise<number> => {
    const rows = await claimDispatch(options.database.logins.worker, {
      kinds: Object.keys(options.handlers),
      perWorkspace: settings.perWorkspace,
      maxRows: settings.concurrency * 8,
      claimant: options.claimant,
      holdMs: settings.holdMs,
    })
    await handleAll(rows, settings)
    return rows.length
  }
  return {
    runOnce,
    start: () => {
      loop ??= poll({ runOnce, settings, signal: stopping.signal })
    },
    stop: async () => {
      stopping.abort()
      await loop
    },
  }
}

type Settings = Required<Omit<DispatchRunnerOptions, 'database' | 'handlers'>> & DispatchRunnerOptions

async function poll(options: {
  runOnce: () => Promise<number>
  settings: Settings
  signal: AbortSignal
}): Promise<void> {
  const { settings, signal } = options
  let pauseMs = settings.pollMs
  while (!signal.aborted) {
    try {
      const claimed = await options.runOnce()
      pauseMs = claimed >= settings.concurrency * 8 ? 0 : settings.pollMs
    } catch (error) {
      settings.onError(error, undefined)
      pauseMs = Math.min(Math.max(pauseMs, settings.pollMs) * 2, maxPauseMs)
    }
    await pause(pauseMs, undefined, { signal }).catch(() => {})
  }
}

async function handleAll(rows: readonly DueRow[], settings: Settings): Promise<void> {
  const waiting = [...rows]
  const lane = async (): Promise<void> => {
    for (let row = waiting.shift(); row !== undefined; row = waiting.shift()) await handleOne(row, settings)
  }
  await Promise.all(Array.from({ length: settings.concurrency }, lane))
}

async function handleOne(row: DueRow, settings: Settings): Promise<void> {
  try {
    await settings.database.workerWithWorkspace(row.scope, async (tx) => {
      // First the claim, then the work: a row that somebody else holds by now is theirs.
      const settled = await settleDispatch(tx, { kind: row.kind, refs: [row.ref] }, settings.claimant)
      if (settled.length === 0) return
      await settings.handlers[row.kind]?.(tx, row.ref)
    })
  } catch (error) {
    settings.onError(error, row)
  }
}
