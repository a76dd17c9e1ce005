import { type WorkspaceLimits, workspaceLimitsSchema } from '@hyponema/contract'
import type { AuditedTx } from '../../guards/audited-transaction.ts'
import { notFound } from '../../kernel/path-id.ts'
import { readSettings } from './read-settings.ts'
import { lockWorkspace, setSettings } from './store.ts'

/** Changes the limits that are named and leaves the others; answers with all of them. */
export async function updateLimits(tx: AuditedTx, change: Partial<WorkspaceLimits>): Promise<WorkspaceLimits> {
  const row = await lockWorkspace(tx)
  if (row === undefined) throw notFound('workspace')
  const before = readSettings(row.settings)
  const changed = { ...before.changed, ...change }
  const limits = workspaceLimitsSchema.parse(changed)
  await setSettings(tx, { ...(row.settings instanceof Object ? row.settings : {}), limits: changed })
  await tx.audit({
    action: 'workspace.limits_changed',
    target: { kind: 'workspace', id: tx.workspaceId },
    before: before.limits,
    after: limits,
  })
  return limits
}
