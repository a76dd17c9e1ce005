import type { Uuid } from '@hyponema/contract'
import type { SealedContent } from '../crypto/sealed-content.ts'

/** Two ids of ours and nothing that a client chose: no name of a file can become a path. */
export type ObjectPlace = { readonly workspaceId: Uuid; readonly objectId: Uuid }

/** Keeps sealed bytes that are too large for a row. All of it may throw `server.storage_unavailable`. */
export type ObjectStore = {
  /**
   * Complete and on the disk when it resolves, and nothing of it under its name before; what was there is replaced. Throws
   * `server.storage_full` where there is no room.
   */
  readonly put: (place: ObjectPlace, sealed: SealedContent) => Promise<void>
  /** The bytes as they lie there, which nothing vouches for until they have been opened; undefined where there are none. */
  readonly get: (place: ObjectPlace) => Promise<Buffer | undefined>
  /** Gone from the disk when it resolves; what was not there is gone already. */
  readonly delete: (place: ObjectPlace) => Promise<void>
  /**
   * Removes objects of a workspace that nothing refers to, and what a writer that was killed has left beside them. Younger ones
   * than `beforeMs`, by the time in their ids, stay: their row may be on its way. Returns how many files went.
   */
  readonly sweep: (
    workspaceId: Uuid,
    options: {
      readonly beforeMs: number
      readonly whichAreKept: (objectIds: readonly Uuid[]) => Promise<ReadonlySet<Uuid>>
    },
  ) => Promise<number>
}
