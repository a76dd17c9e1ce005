import { auditEventSchema, encodeId, pageQuerySchema, pageSchema } from '@hyponema/contract'
import { z } from 'zod'
import { requireEveryAgent } from '../../guards/agent-allowed.ts'
import { apiRouter, json, protectedRoute } from '../../guards/protected-route.ts'
import { pageOf, readCursor } from '../../kernel/cursor.ts'
import type { Database } from '../../platform/postgres/database.ts'
import { type AuditEventRow, listAuditEvents } from './store.ts'

const list = protectedRoute(
  { permission: 'audit:read', codes: ['api_key.agent_refused'] },
  {
    method: 'get',
    path: '/v1/audit-events',
    tags: ['audit'],
    summary: 'List audit events, newest first',
    request: { query: pageQuerySchema.extend({ action: z.string().max(100).optional() }) },
    responses: { 200: json(pageSchema(auditEventSchema), 'One page of events with their leaf hashes') },
  },
)

const eventSchema = z.record(z.string(), z.unknown())

export function auditRoutes(deps: { readonly database: Database }) {
  return apiRouter().openapi(list, async (context) => {
    const { cursor, limit, action } = context.req.valid('query')
    const principal = context.get('principal')
    // The log tells of every agent of the workspace, before and after.
    requireEveryAgent(principal)
    const page = { cursor: readCursor(cursor), limit, action }
    const rows = await deps.database.withWorkspace(principal.scope, (tx) => listAuditEvents(tx, page))
    return context.json(pageOf(rows, limit, renderAuditEvent), 200)
  })
}

function renderAuditEvent(row: AuditEventRow): z.infer<typeof auditEventSchema> {
  return {
    id: encodeId('auditEvent', row.id),
    action: row.action,
    actor: { kind: row.actorKind, id: row.actorId },
    target: { kind: row.targetKind, id: row.targetId },
    request_id: row.requestId,
    address: row.address,
    user_agent: row.userAgent,
    occurred_at: row.occurredAt.toISOString(),
    event: eventSchema.parse(JSON.parse(row.canonical.toString('utf8'))),
    leaf_hash: row.leafHash.toString('hex'),
  }
}
