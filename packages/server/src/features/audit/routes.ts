import {
  auditCheckpointQuerySchema,
  auditCheckpointSchema,
  auditEventQuerySchema,
  auditEventSchema,
  auditProofSchema,
  encodeId,
  evidenceKeySchema,
  pageSchema,
} from '@hyponema/contract'
import { z } from 'zod'
import { requireEveryAgent } from '../../guards/agent-allowed.ts'
import { auditedRead } from '../../guards/audited-read.ts'
import type { Mutations } from '../../guards/mutations.ts'
import { apiRouter, caller, json, protectedRoute } from '../../guards/protected-route.ts'
import { pageOf, readCursor } from '../../kernel/cursor.ts'
import { idParamsSchema, pathId } from '../../kernel/path-id.ts'
import { uuidFloor } from '../../kernel/uuid-floor.ts'
import { rawPublicKey } from '../../platform/crypto/evidence-signer.ts'
import type { Database } from '../../platform/postgres/database.ts'
import { exportLog } from './export-log.ts'
import { type ProofParts, proveEvent, proveGrowth } from './prove-event.ts'
import { type AuditEventRow, listAuditEvents } from './store.ts'

const tags = ['audit']
const codes = ['api_key.agent_refused'] as const

const list = protectedRoute(
  { permission: 'audit:read', codes },
  {
    method: 'get',
    path: '/v1/audit-events',
    tags,
    summary: 'List audit events, newest first',
    request: { query: auditEventQuerySchema },
    responses: { 200: json(pageSchema(auditEventSchema), 'One page of events with their leaf hashes') },
  },
)

const exported = protectedRoute(
  { permission: 'audit:read', codes: [...codes, 'request.conflict'] },
  {
    method: 'get',
    path: '/v1/audit-events/export',
    tags,
    summary: 'The whole log with its tiles and checkpoint, one JSON document a line; the reading is audited',
    responses: {
      200: {
        description: 'For `hyponema audit verify`',
        content: { 'application/x-ndjson': { schema: z.string() } },
      },
    },
  },
)

const prove = protectedRoute(
  { permission: 'audit:read', codes: [...codes, 'request.not_found', 'audit.not_sealed', 'audit.history_differs'] },
  {
    method: 'get',
    path: '/v1/audit-events/{id}/proof',
    tags,
    summary: 'Prove that an event stands in the tree of the newest checkpoint',
    request: { params: idParamsSchema },
    responses: { 200: json(auditProofSchema, 'An inclusion proof (RFC 9162), verified before it was sent') },
  },
)

const newest = protectedRoute(
  {
    permission: 'audit:read',
    codes: [...codes, 'audit.not_sealed', 'audit.checkpoint_unknown', 'audit.history_differs'],
  },
  {
    method: 'get',
    path: '/v1/audit-checkpoints/newest',
    tags,
    summary: 'The newest signed checkpoint; with `since`, that the log only grew from that size',
    request: { query: auditCheckpointQuerySchema },
    responses: { 200: json(auditCheckpointSchema, 'A checkpoint to keep, and a consistency proof (RFC 9162)') },
  },
)

const keys = protectedRoute(
  { permission: 'audit:read' },
  {
    method: 'get',
    path: '/v1/evidence-keys',
    tags,
    summary: 'The public keys that verify what this installation has signed as evidence',
    responses: { 200: json(z.object({ items: z.array(evidenceKeySchema) }), 'The active one, and those before it') },
  },
)

const eventSchema = z.record(z.string(), z.unknown())

type AuditDependencies = ProofParts & {
  readonly database: Database
  readonly mutations: Mutations
  readonly clock: { readonly nowMs: () => number }
}

/** The log tells of every agent of the workspace, before and after: a key of some agents only reads none of it. */
export function auditRoutes(deps: AuditDependencies) {
  const { database } = deps
  return apiRouter()
    .openapi(list, async (context) => {
      const { cursor, limit, action, actor_id, target_id, since, until } = context.req.valid('query')
      const principal = context.get('principal')
      requireEveryAgent(principal)
      const page = {
        cursor: readCursor(cursor),
        limit,
        action,
        actorId: actor_id,
        targetId: target_id,
        since: since === undefined ? undefined : uuidFloor(Date.parse(since)),
        until: until === undefined ? undefined : uuidFloor(Date.parse(until)),
      }
      const rows = await database.withWorkspace(principal.scope, (tx) => listAuditEvents(tx, page))
      return context.json(pageOf(rows, limit, renderAuditEvent), 200)
    })
    .openapi(exported, async (context) => {
      const { principal, request } = caller(context)
      requireEveryAgent(principal)
      // The lines leave in transactions of their own, behind the one that says who took them.
      await auditedRead(deps.mutations, {
        principal,
        request,
        route: 'GET /v1/audit-events/export',
        entry: { action: 'audit.exported', target: { kind: 'workspace', id: principal.scope.workspaceId } },
        read: () => Promise.resolve(),
      })
      const { withWorkspace } = database
      const lines = exportLog(
        { withWorkspace, logs: deps.logs, now: () => new Date(deps.clock.nowMs()) },
        principal.scope,
      )
      return context.body(ReadableStream.from(lines).pipeThrough(new TextEncoderStream()), 200, {
        'Content-Type': 'application/x-ndjson',
        'Content-Disposition': 'attachment; filename="audit-log.ndjson"',
      })
    })
    .openapi(prove, async (context) => {
      const principal = context.get('principal')
      requireEveryAgent(principal)
      const id = pathId('auditEvent', context.req.valid('param').id)
      const answer = await database.withWorkspace(principal.scope, (tx) => proveEvent(deps, tx, id))
      return context.json(answer, 200)
    })
    .openapi(newest, async (context) => {
      const principal = context.get('principal')
      requireEveryAgent(principal)
      const { since } = context.req.valid('query')
      const answer = await database.withWorkspace(principal.scope, (tx) => proveGrowth(deps, tx, since))
      return context.json(answer, 200)
    })
    .openapi(keys, (context) => {
      const { evidence } = deps
      const items = [...evidence.publicKeys].map(([id, key]) => ({
        id,
        public_key: rawPublicKey(key).toString('base64'),
        is_active: id === evidence.keyId,
      }))
      return context.json({ items }, 200)
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
    sequence: row.sequence === null ? null : Number(row.sequence),
  }
}
