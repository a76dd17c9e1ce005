import { createContentKeys } from '../../packages/server/src/guards/content-keys.ts'
import { keyringKeyService } from '../../packages/server/src/platform/crypto/keyring-key-service.ts'
import { type Api, type ApiWorkspace, newId } from './api-harness.ts'

/** An attempt for each delivery, as the worker writes it. */
export async function plantAttempts(api: Api, workspace: ApiWorkspace): Promise<void> {
  const contentKeys = createContentKeys({
    epochKeys: keyringKeyService(api.installation.keyring, 'epoch'),
    newId,
  })
  await api.installation.database.workerWithWorkspace(workspace.scope, async (tx) => {
    const rows = await tx.db
      .selectFrom('tenant.webhook_deliveries as d')
      .innerJoin('tenant.outbox as o', 'o.id', 'd.event_id')
      .select(['d.id', 'd.webhook_id', 'd.event_id', 'o.type', 'o.user_id'])
      .execute()
    for (const row of rows) {
      const key = await (row.user_id === null ? contentKeys.forWorkspace(tx) : contentKeys.forUser(tx, row.user_id))
      const id = newId()
      await tx.db
        .insertInto('tenant.webhook_attempts')
        .values({
          workspace_id: tx.workspaceId,
          id,
          delivery_id: row.id,
          webhook_id: row.webhook_id,
          event_id: row.event_id,
          attempt: 1,
          outcome: 'status',
          status_code: 500,
          error_code: null,
          duration_ms: 12,
          answer: key.seal({ table: 'webhook_attempts', column: 'answer', rowId: id }, `ok for ${row.type}`),
        })
        .execute()
      key.destroy()
    }
  })
}
