import { encodeId, type Uuid } from '@hyponema/contract'
import { z } from 'zod'
import type { Api } from './api-harness.ts'

const eventSchema = z.object({
  workspace: z.string(),
  actor: z.object({ kind: z.string(), id: z.string() }),
  target: z.object({ kind: z.string(), id: z.string() }),
  before: z.record(z.string(), z.unknown()).optional(),
  after: z.record(z.string(), z.unknown()).optional(),
  reason: z.string().optional(),
})

/** The audit events of one action in one workspace, newest first, as their canonical bytes tell them. */
export async function auditedActions(
  api: Api,
  workspaceId: Uuid,
  action: string,
): Promise<readonly z.infer<typeof eventSchema>[]> {
  const rows = await api.ask<{ canonical: Buffer }>(
    'select canonical from tenant.audit_events where workspace_id = $1 and action = $2 order by id desc',
    [workspaceId, action],
  )
  const events = rows.map(({ canonical }) => eventSchema.parse(JSON.parse(canonical.toString('utf8'))))
  const place = encodeId('workspace', workspaceId)
  if (events.some((event) => event.workspace !== place)) throw new Error('an event of another workspace')
  return events
}
