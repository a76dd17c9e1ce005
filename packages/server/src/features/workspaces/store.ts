import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'

export type WorkspaceRow = {
  readonly name: string
  /** As it lies there; read-settings.ts reads it. */
  readonly settings: unknown
  readonly createdAt: Date
}

export async function insertWorkspace(tx: WorkspaceTx, name: string): Promise<void> {
  await tx.db.insertInto('tenant.workspaces').values({ workspace_id: tx.workspaceId, name }).execute()
}

/** The workspace of this scope; undefined when there is none. */
export async function findWorkspace(tx: WorkspaceTx): Promise<WorkspaceRow | undefined> {
  return tx.db
    .selectFrom('tenant.workspaces')
    .select(['name', 'settings', 'created_at as createdAt'])
    .executeTakeFirst()
}

/** Holds the workspace's row until the transaction ends. Rows that only refer to the workspace do not wait for it. */
export async function lockWorkspace(tx: WorkspaceTx): Promise<WorkspaceRow | undefined> {
  return tx.db
    .selectFrom('tenant.workspaces')
    .select(['name', 'settings', 'created_at as createdAt'])
    .forNoKeyUpdate()
    .executeTakeFirst()
}

export async function setSettings(tx: WorkspaceTx, settings: object): Promise<void> {
  await tx.db
    .updateTable('tenant.workspaces')
    .set({ settings: JSON.stringify(settings) })
    .execute()
}
