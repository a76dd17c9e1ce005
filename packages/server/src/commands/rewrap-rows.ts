import { setTimeout as pause } from 'node:timers/promises'
import { encodeId } from '@hyponema/contract'
import { moveWrappedRows } from '../guards/move-wrapped-rows.ts'
import { AppError } from '../kernel/app-error.ts'
import type { Clock } from '../kernel/clock.ts'
import { StartupRefusal } from '../kernel/startup-refusal.ts'
import type { WorkspaceScope } from '../kernel/workspace-scope.ts'
import type { KeyService } from '../platform/crypto/key-service.ts'
import type { Database } from '../platform/postgres/database.ts'
import { listWorkspaces } from '../platform/postgres/list-workspaces.ts'
import type { WrappedRows } from '../platform/postgres/wrapped-rows.ts'
import type { KeyHolder } from './key-holder.ts'
import { wrappedTables } from './wrapped-tables.ts'

/** A server that runs may seal under the older key for a second after a rotation; the rest is for its transaction. */
const settledAfterMs = 2500

/** What lies in one table of one workspace under one older key. */
type Share = {
  readonly scope: WorkspaceScope
  readonly table: WrappedRows
  readonly keyId: string
  readonly rows: number
}

export type Rewrapped = {
  /** The key that they stand under now. */
  readonly active: string
  readonly moved: number
  /** Names of rows whose wrap does not open. They are as they were. */
  readonly unreadable: readonly string[]
  /** Keys that could not be asked, as the code and the detail of the refusal say. What stands under them is as it was. */
  readonly missing: ReadonlyMap<string, string>
  readonly isStopped: boolean
}

type Options = {
  readonly database: Database
  readonly clock: Clock
  readonly holder: KeyHolder
  readonly keys: KeyService
  readonly stop: AbortSignal
  readonly onProgress: (progress: { readonly moved: number; readonly of: number }) => void
}

/**
 * Moves every data key of the service's purpose under its active key, workspace by workspace. What was killed goes on where it
 * was. Run once more after a rotation that is younger than two seconds, for what servers have sealed meanwhile.
 */
export async function rewrapRows(options: Options): Promise<Rewrapped> {
  const unreadable = new Set<string>()
  const missing = new Map<string, string>()
  let moved = 0
  let of = 0
  for (;;) {
    const active = await requireActive(options.holder)
    const isSettled = Math.abs(options.clock.nowMs() - (active.createdAt?.getTime() ?? 0)) >= settledAfterMs
    const shares = await findShares(options, active.id)
    of = moved + shares.reduce((sum, { rows }) => sum + rows, 0)
    for (const share of shares.filter(({ keyId }) => !missing.has(keyId))) {
      if (options.stop.aborted) break
      await moveShare(share, options, {
        onMoved: (rows) => options.onProgress({ moved: (moved += rows), of }),
        onUnreadable: (name) => unreadable.add(name),
        onMissing: (detail) => missing.set(share.keyId, detail),
      })
    }
    const isStopped = options.stop.aborted
    if (isSettled || isStopped) return { active: active.id, moved, unreadable: [...unreadable], missing, isStopped }
    await pause(settledAfterMs, undefined, { signal: options.stop }).catch(() => undefined)
  }
}

/** Counted first, so that the progress has an end. */
async function findShares({ database, keys, stop }: Options, active: string): Promise<readonly Share[]> {
  const shares: Share[] = []
  const tables = wrappedTables.filter(({ purpose }) => purpose === keys.purpose)
  for await (const scope of listWorkspaces(database.logins.worker)) {
    if (stop.aborted) return []
    for (const table of tables) {
      const counts = await database.workerWithWorkspace(scope, table.count)
      shares.push(...counts.filter(({ keyId }) => keyId !== active).map((count) => ({ ...count, scope, table })))
    }
  }
  return shares
}

async function moveShare(
  { scope, table, keyId }: Share,
  { database, keys, stop }: Options,
  told: {
    onMoved: (rows: number) => void
    onUnreadable: (name: string) => void
    onMissing: (detail: string) => void
  },
): Promise<void> {
  try {
    const { unreadable } = await moveWrappedRows({
      withWorkspace: database.workerWithWorkspace,
      scope,
      rows: table,
      keys,
      from: keyId,
      onMoved: told.onMoved,
      stop,
    })
    const where = encodeId('workspace', scope.workspaceId)
    for (const place of unreadable) told.onUnreadable(`${table.nameOf(place)} in ${where} (${keyId})`)
  } catch (error) {
    if (!(error instanceof AppError && error.code === 'keyring.key_missing')) throw error
    told.onMissing(`${error.code}, ${error.message}`)
  }
}

async function requireActive(holder: KeyHolder) {
  const active = (await holder.list()).find(({ state }) => state === 'active')
  if (active === undefined) throw new StartupRefusal(`${holder.name} has no active key; put it back from your copy.`)
  return active
}
