import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'

export async function insertWorkspace(tx: WorkspaceTx, name: string): Promise<void> {
  await tx.db.insertInto('tenant.workspaces').values({ workspace_id: tx.workspaceId, name }).execute()
}

/** Whether the workspace of this scope exists. */
export async function findWorkspace(tx: WorkspaceTx): Promise<{ readonly name: string } | undefined> {
  return tx.db.selectFrom('tenant.workspaces').select('name').executeTakeFirst()
}

/** Holds the workspace's row until the transaction ends. Rows that only refer to the workspace do not wait for it. */
export async function lockWorkspace(tx: WorkspaceTx): Promise<void> {
  await tx.db.selectFrom('tenant.workspaces').select('workspace_id').forNoKeyUpdate().execute()
}
