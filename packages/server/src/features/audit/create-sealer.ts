/**
 * Seals what has happened, every second, and signs a checkpoint over it (evidence-and-privacy 1).
 *
 * looking -> workspaces with owed seals -> sealed batch by batch, a transaction each -> tiles, checkpoint -> looking
 *    ^           | throws: rolled back; owed again, and due again within seconds
 *    +-----------+
 */
import { setTimeout as pause } from 'node:timers/promises'
import type { Uuid } from '@hyponema/contract'
import type { WorkspaceScope } from '../../kernel/workspace-scope.ts'
import type { DueRow } from '../../platform/jobs/claim-dispatch.ts'
import { sealEvents } from './seal-events.ts'
import { lockHead } from './store.ts'
import { type CheckpointParts, writeCheckpoint } from './write-checkpoint.ts'

export type Sealer = {
  /** Seals all that is owed now and writes the checkpoints. Returns how many events were sealed. */
  readonly runOnce: () => Promise<number>
  readonly start: () => void
  /** Begins nothing more and waits for what runs. */
  readonly stop: () => Promise<void>
}

type SealerOptions = CheckpointParts & {
  readonly claim: (options: {
    kinds: readonly string[]
    perWorkspace: number
    maxRows: number
    claimant: Uuid
    holdMs: number
  }) => Promise<readonly DueRow[]>
  readonly claimant: Uuid
  readonly onError: (error: unknown, workspaceId: Uuid | undefined) => void
}

const pollMs = 1_000
const maxPauseMs = 30_000
/** Who claimed and was killed holds a workspace up for no longer than this. */
const holdMs = 3_000
const eventsPerBatch = 5_000
/** Of one workspace in one round, so that a flood in one does not keep the others waiting. */
const batchesPerRound = 8
/** The sealer has two connections. */
const lanes = 2

export function createSealer(options: SealerOptions): Sealer {
  const stopping = new AbortController()
  let loop: Promise<void> | undefined
  const runOnce = (): Promise<number> => sealAll(options)
  return {
    runOnce,
    start: () => {
      loop ??= poll(runOnce, options, stopping.signal)
    },
    stop: async () => {
      stopping.abort()
      await loop
    },
  }
}

async function poll(runOnce: () => Promise<number>, options: SealerOptions, signal: AbortSignal): Promise<void> {
  let pauseMs = pollMs
  while (!signal.aborted) {
    const begunMs = performance.now()
    try {
      await runOnce()
      pauseMs = Math.max(0, pollMs - (performance.now() - begunMs))
    } catch (error) {
      options.onError(error, undefined)
      pauseMs = Math.min(Math.max(pauseMs, pollMs) * 2, maxPauseMs)
    }
    await pause(pauseMs, undefined, { signal }).catch(() => {})
  }
}

async function sealAll(options: SealerOptions): Promise<number> {
  const { claim, claimant } = options
  // One row of a workspace says that it is its turn; the transaction takes the others itself.
  const due = await claim({ kinds: ['seal', 'audit_checkpoint'], perWorkspace: 1, maxRows: 1_000, claimant, holdMs })
  const waiting = [...new Map(due.map(({ scope }) => [scope.workspaceId, scope])).values()]
  let sealed = 0
  const lane = async (): Promise<void> => {
    for (let scope = waiting.shift(); scope !== undefined; scope = waiting.shift()) {
      try {
        sealed += await sealOne(options, scope)
      } catch (error) {
        options.onError(error, scope.workspaceId)
      }
    }
  }
  await Promise.all(Array.from({ length: lanes }, lane))
  return sealed
}

async function sealOne(options: SealerOptions, scope: WorkspaceScope): Promise<number> {
  const { withWorkspace, now } = options
  let sealed = 0
  for (let batch = 0; batch < batchesPerRound; batch += 1) {
    const count = await withWorkspace(scope, (tx) => sealEvents(tx, { most: eventsPerBatch, now: now() }))
    sealed += count
    if (count < eventsPerBatch) break
  }
  await writeCheckpoint(options, scope)
  await withWorkspace(scope, async (tx) => {
    // What another sealer has added meanwhile is owed still; nobody adds while the head is held.
    const head = await lockHead(tx)
    if (head.size === head.noteSize) await tx.dispatchDone('audit_checkpoint', scope.workspaceId)
  })
  return sealed
}
