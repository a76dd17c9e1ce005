import {
  createdSessionSchema,
  createSessionSchema,
  endSessionSchema,
  pageQuerySchema,
  pageSchema,
  sessionSchema,
  sessionStatuses,
  type Uuid,
} from '@hyponema/contract'
import type { Context } from 'hono'
import { z } from 'zod'
import { allowedAgents } from '../../guards/agent-allowed.ts'
import type { ContentKeys } from '../../guards/content-keys.ts'
import type { Mutations } from '../../guards/mutations.ts'
import { apiRouter, caller, json, jsonBody, protectedRoute } from '../../guards/protected-route.ts'
import type { SessionBudgets } from '../../guards/session-budgets.ts'
import { spendBudget } from '../../guards/spend-budget.ts'
import type { Clock } from '../../kernel/clock.ts'
import { pageOf, readCursor } from '../../kernel/cursor.ts'
import type { NewId } from '../../kernel/new-id.ts'
import { idParamsSchema, pathId } from '../../kernel/path-id.ts'
import type { Principal } from '../../kernel/principal.ts'
import type { ApiEnv } from '../../kernel/request-context.ts'
import type { Database } from '../../platform/postgres/database.ts'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'
import { createSession } from './create-session.ts'
import { endSession } from './end-session.ts'
import { findReadableSession } from './find-readable-session.ts'
import { renderCreatedSession, renderSession, type SessionTokenIssuer } from './render-session.ts'
import { isWaiting, rotateToken } from './rotate-token.ts'
import { listSessions } from './store.ts'

export type SessionDependencies = {
  readonly database: Database
  readonly mutations: Mutations
  readonly contentKeys: ContentKeys
  readonly issueToken: SessionTokenIssuer
  readonly publicOrigin: string
  readonly budgets: SessionBudgets
  readonly clock: Clock
  readonly newId: NewId
}

const tags = ['sessions']

const create = protectedRoute(
  {
    permission: 'sessions:write',
    codes: [
      'request.not_found',
      'agent.not_published',
      'session.modality_unavailable',
      'session.variable_unknown',
      'session.override_refused',
      'session.live_limit',
      'contact.outside_hours',
      'workspace.day_limit',
      'idempotency.mismatch',
      'idempotency.in_progress',
    ],
  },
  {
    method: 'post',
    path: '/v1/sessions',
    tags,
    summary: 'Create a session and its token',
    request: { body: jsonBody(createSessionSchema) },
    responses: { 201: json(createdSessionSchema, 'The session; the token is shown here only') },
  },
)

const list = protectedRoute(
  { permission: 'sessions:read' },
  {
    method: 'get',
    path: '/v1/sessions',
    tags,
    summary: 'List sessions, newest first',
    request: { query: pageQuerySchema.extend({ status: z.enum(sessionStatuses).optional() }) },
    responses: { 200: json(pageSchema(sessionSchema), 'One page of sessions') },
  },
)

const read = protectedRoute(
  { permission: 'sessions:read', codes: ['request.not_found'] },
  {
    method: 'get',
    path: '/v1/sessions/{id}',
    tags,
    summary: 'Read a session',
    request: { params: idParamsSchema },
    responses: { 200: json(sessionSchema, 'The session') },
  },
)

const end = protectedRoute(
  { permission: 'sessions:write', codes: ['request.not_found'] },
  {
    method: 'post',
    path: '/v1/sessions/{id}/end',
    tags,
    summary: 'End a session; ending twice answers the same closed session',
    request: { params: idParamsSchema, body: { ...jsonBody(endSessionSchema), required: false } },
    responses: { 200: json(sessionSchema, 'The closed session') },
  },
)

export function sessionRoutes(deps: SessionDependencies) {
  const app = apiRouter()
  app.openapi(create, async (context) => {
    const body = context.req.valid('json')
    const { principal, ...request } = caller(context)
    const answer = await deps.mutations.run({
      ...request,
      principal,
      route: 'POST /v1/sessions',
      status: 201,
      input: body,
      work: (tx) => createSession(tx, { ...deps, principal, body, onBudget: (budget) => spendBudget(context, budget) }),
      read: async (tx, id, attempt) =>
        attempt === 'first' ? { created: await renderWithToken(tx, deps, { principal, id }) } : { repeated: id },
    })
    const created = 'created' in answer ? answer.created : await repeatCreation(deps, context, answer.repeated)
    return context.json(created, 201)
  })
  app.openapi(list, async (context) => {
    const { cursor, limit, status } = context.req.valid('query')
    const principal = context.get('principal')
    const page = { cursor: readCursor(cursor), limit, status, agents: allowedAgents(principal) }
    const rows = await deps.database.withWorkspace(principal.scope, (tx) => listSessions(tx, page))
    return context.json(pageOf(rows, limit, renderSession), 200)
  })
  app.openapi(read, async (context) => {
    const id = pathId('session', context.req.valid('param').id)
    const principal = context.get('principal')
    const row = await deps.database.withWorkspace(principal.scope, (tx) => findReadableSession(tx, principal, id))
    return context.json(renderSession(row), 200)
  })
  app.openapi(end, async (context) => {
    const id = pathId('session', context.req.valid('param').id)
    const { principal, ...request } = caller(context)
    const answer = await deps.mutations.run({
      ...request,
      principal,
      route: 'POST /v1/sessions/{id}/end',
      input: { id },
      work: async (tx) => {
        await endSession(tx, { ...deps, principal, id, reason: 'ended_by_backend' })
        return id
      },
      read: async (tx) => renderSession(await findReadableSession(tx, principal, id)),
    })
    return context.json(answer, 200)
  })
  return app
}

/** A repeated creation gets a fresh token while the session is `pending`, and the token before it stops working. */
async function repeatCreation(deps: SessionDependencies, context: Context<ApiEnv>, id: Uuid) {
  const { principal, request } = caller(context)
  return deps.mutations.run({
    principal,
    request,
    idempotencyKey: undefined,
    route: 'POST /v1/sessions',
    input: null,
    work: async (tx) => {
      await rotateToken(tx, { ...deps, principal, id })
      return null
    },
    read: (tx) => renderWithToken(tx, deps, { principal, id }),
  })
}

async function renderWithToken(tx: WorkspaceTx, deps: SessionDependencies, of: { principal: Principal; id: Uuid }) {
  const row = await findReadableSession(tx, of.principal, of.id)
  const token = isWaiting(row, deps.clock) ? await deps.issueToken(tx.workspaceId, row) : null
  return renderCreatedSession(row, { token, publicOrigin: deps.publicOrigin })
}
