/**
 * Moves the data keys of one table and workspace from one key-encryption key to the active one.
 *
 * read a batch -> rewrap each (no transaction is open) -> one UPDATE -> the next batch after the last place, until none is left
 *
 * Threat: a killed or failing move leaves a row that does not open, or undoes what somebody else changed.
 * Rule: payloads are never touched. A wrap replaces another in one statement together with the id of its key, only where the
 * row is still under the old one; until then the old wrap opens, from then on the new one. Whoever starts again goes on with
 * what is still under the old key.
 * On failure: a wrap that does not open stays and is named; the others move. A key that is missing, or a service that cannot
 * be reached, ends it with keyring.key_missing.
 */
import { setImmediate as turn } from 'node:timers/promises'
import { AppError } from '../kernel/app-error.ts'
import { hasCode } from '../kernel/has-code.ts'
import type { WorkspaceScope } from '../kernel/workspace-scope.ts'
import type { KeyService, WrappedKey } from '../platform/crypto/key-service.ts'
import type { WithWorkspace } from '../platform/postgres/with-workspace.ts'
import type { Place, WrappedRow, WrappedRows } from '../platform/postgres/wrapped-rows.ts'

/** Twenty milliseconds of work with the keyring: short enough for locks, long enough that a commit is a small part of it. */
const rowsPerBatch = 500
/** Calls to a key service at once. With a keyring nothing waits, so that it does not matter. */
const callsAtOnce = 16
/** Rows after which the event loop gets its turn, so that the statement of the batch before is sent meanwhile. */
const rowsPerTurn = 32
/** What a batch may run into beside work on the same rows: deadlock, a lock that is held, a slow statement. */
const passing = ['40P01', '40001', '55P03', '57014'] as const
const tries = 5

export type Moved = { readonly moved: number; readonly unreadable: readonly Place[] }

type Options = {
  /** The worker's door. */
  readonly withWorkspace: WithWorkspace
  readonly scope: WorkspaceScope
  readonly rows: WrappedRows
  readonly keys: KeyService
  readonly from: string
  /** Hears how many rows a batch has moved. */
  readonly onMoved: (rows: number) => void
  /** Once aborted, what has been begun is finished and nothing more is read. */
  readonly stop: AbortSignal
}

export async function moveWrappedRows(options: Options): Promise<Moved> {
  const { rows, from, withWorkspace, scope } = options
  const read = (after: Place | undefined) =>
    retried(() => withWorkspace(scope, (tx) => rows.page(tx, { keyId: from, after, limit: rowsPerBatch })))
  const write = async (batch: readonly NewWrap[]): Promise<number> => {
    if (batch.length === 0) return 0
    const written = await retried(() => withWorkspace(scope, (tx) => rows.move(tx, { from, moved: batch })))
    options.onMoved(written)
    return written
  }
  const unreadable: Place[] = []
  let moved = 0
  let wraps: readonly NewWrap[] = []
  let batch = await read(undefined)
  while (batch.length > 0) {
    const isLast = batch.length < rowsPerBatch || options.stop.aborted
    const [written, next, rewrapped] = await Promise.all([
      write(wraps),
      isLast ? [] : read(batch.at(-1)?.place),
      rewrap(batch, options, unreadable),
    ])
    moved += written
    wraps = rewrapped
    batch = options.stop.aborted ? [] : next
  }
  return { moved: moved + (await write(wraps)), unreadable }
}

type NewWrap = { readonly place: Place; readonly wrapped: WrappedKey }

async function rewrap(
  batch: readonly WrappedRow[],
  { keys, from }: Options,
  unreadable: Place[],
): Promise<readonly NewWrap[]> {
  const wraps: NewWrap[] = []
  let next = 0
  const lane = async (): Promise<void> => {
    for (let row = batch[next++]; row !== undefined; row = batch[next++]) {
      const { place, bytes, context } = row
      try {
        wraps.push({ place, wrapped: await keys.rewrap({ keyId: from, bytes }, context) })
      } catch (error) {
        if (!(error instanceof AppError && error.code === 'credential.sealed_unreadable')) {
          // The other lanes begin nothing more.
          next = batch.length
          throw error
        }
        unreadable.push(place)
      }
      if (next % rowsPerTurn === 0) await turn()
    }
  }
  await Promise.all(Array.from({ length: callsAtOnce }, lane))
  return wraps
}

async function retried<T>(work: () => Promise<T>, left = tries): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (left <= 1 || !hasCode(error, ...passing)) throw error
    return retried(work, left - 1)
  }
}
