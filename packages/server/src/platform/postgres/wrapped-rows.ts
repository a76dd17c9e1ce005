import type { WrapContext, WrappedKey } from '../crypto/key-service.ts'
import type { WorkspaceTx } from './workspace-tx.ts'

/** The key columns of one row, as text. */
export type Place = readonly string[]

/** A data key as it lies in its row, and what it is bound to. */
export type WrappedRow = { readonly place: Place; readonly bytes: Buffer; readonly context: WrapContext }

export type KeyCount = { readonly keyId: string; readonly rows: number }

/** The rows of one table that hold data keys wrapped under keys of one purpose, in the workspace of a transaction. */
export type WrappedRows = {
  readonly purpose: 'credentials' | 'epoch'
  /** What they are, for whoever reads how many: `versions of credentials`. */
  readonly what: string
  readonly count: (tx: WorkspaceTx) => Promise<readonly KeyCount[]>
  /** The next rows under a key, in the order of their places. */
  readonly page: (
    tx: WorkspaceTx,
    options: { keyId: string; after: Place | undefined; limit: number },
  ) => Promise<readonly WrappedRow[]>
  /**
   * Puts new wraps in their rows, in one statement, and returns in how many. A row that is no longer under `from` is left
   * as it is: somebody has moved, revoked or erased it meanwhile. `from` is joined as a column and not compared as a value:
   * without statistics the server believes that a value picks one row, and compares every row with every wrap.
   */
  readonly move: (
    tx: WorkspaceTx,
    options: { from: string; moved: readonly { readonly place: Place; readonly wrapped: WrappedKey }[] },
  ) => Promise<number>
  /** How an operator finds the row: `credential crd_..., version 2`. */
  readonly nameOf: (place: Place) => string
}
