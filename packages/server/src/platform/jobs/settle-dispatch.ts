import type { Uuid } from '@hyponema/contract'
import { sql } from 'kysely'
import type { WorkspaceTx } from '../postgres/workspace-tx.ts'

/** Removes claimed rows of one kind in this transaction. Returns those that `claimant` still held; the others are not its any more. */
export async function settleDispatch(
  tx: WorkspaceTx,
  claimed: { readonly kind: string; readonly refs: readonly Uuid[] },
  claimant: Uuid,
): Promise<readonly Uuid[]> {
  const { rows } = await sql<{ ref: Uuid }>`
    select ref from app.dispatch_settle_many(${claimed.kind}, ${[...claimed.refs]}::uuid[], ${claimant}) as ref`.execute(
    tx.db,
  )
  return rows.map(({ ref }) => ref)
}
