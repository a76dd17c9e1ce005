import type { Uuid } from '@hyponema/contract'
import { sql } from 'kysely'
import type { WorkspaceTx } from '../postgres/workspace-tx.ts'
import type { DueRow } from './claim-dispatch.ts'

/** Removes a claimed row in this transaction. False when `claimant` does not hold it any more. */
export async function settleDispatch(tx: WorkspaceTx, row: DueRow, claimant: Uuid): Promise<boolean> {
  const { rows } = await sql<{
    settled: boolean
  }>`select app.dispatch_settle(${row.kind}, ${row.ref}, ${claimant}) as settled`.execute(tx.db)
  return rows[0]?.settled === true
}
