import { encodeId, workspaceSchema } from '@hyponema/contract'
import { apiRouter, json, protectedRoute } from '../../guards/protected-route.ts'
import type { Clock } from '../../kernel/clock.ts'
import { notFound } from '../../kernel/path-id.ts'
import type { Database } from '../../platform/postgres/database.ts'
import { countLiveSessions, readUsage } from '../sessions/public.ts'
import { readSettings } from './read-settings.ts'
import { findWorkspace } from './store.ts'

const read = protectedRoute(
  { permission: 'workspaces:read', codes: ['request.not_found'] },
  {
    method: 'get',
    path: '/v1/workspaces/current',
    tags: ['workspaces'],
    summary: 'Read the workspace of the credential: its limits, and what it has used of them',
    responses: { 200: json(workspaceSchema, 'The workspace') },
  },
)

export function workspaceRoutes(deps: { readonly database: Pick<Database, 'withWorkspace'>; readonly clock: Clock }) {
  return apiRouter().openapi(read, async (context) => {
    const { scope } = context.get('principal')
    const workspace = await deps.database.withWorkspace(scope, async (tx) => {
      const row = await findWorkspace(tx)
      if (row === undefined) throw notFound('workspace')
      return {
        id: encodeId('workspace', tx.workspaceId),
        name: row.name,
        limits: readSettings(row.settings).limits,
        live_sessions: await countLiveSessions(tx),
        used_today: await readUsage(tx, deps.clock.nowMs()),
        created_at: row.createdAt.toISOString(),
      }
    })
    return context.json(workspace, 200)
  })
}
