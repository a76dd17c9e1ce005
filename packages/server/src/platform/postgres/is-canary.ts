import type { WorkspaceTx } from './workspace-tx.ts'

/** Whether this workspace only exists to be attacked by the prover: no job, limit, delivery or count is for it. */
export async function isCanary(tx: WorkspaceTx): Promise<boolean> {
  const row = await tx.db
    .selectFrom('tenant.workspaces')
    .select('is_canary')
    .where('workspace_id', '=', tx.workspaceId)
    .executeTakeFirst()
  return row?.is_canary === true
}
