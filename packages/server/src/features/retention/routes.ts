import {
  createLegalHoldSchema,
  legalHoldSchema,
  pageQuerySchema,
  pageSchema,
  retentionSchema,
  retentionStatusSchema,
  setRetentionSchema,
} from '@hyponema/contract'
import { requireEveryAgent } from '../../guards/agent-allowed.ts'
import type { Mutations } from '../../guards/mutations.ts'
import { apiRouter, caller, json, jsonBody, protectedRoute } from '../../guards/protected-route.ts'
import { AppError } from '../../kernel/app-error.ts'
import type { Clock } from '../../kernel/clock.ts'
import { pageOf, readCursor } from '../../kernel/cursor.ts'
import type { NewId } from '../../kernel/new-id.ts'
import { bodyId, idParamsSchema, notFound, pathId } from '../../kernel/path-id.ts'
import { principalName } from '../../kernel/principal-name.ts'
import type { Database } from '../../platform/postgres/database.ts'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'
import { findAgent } from '../agents/public.ts'
import { findUser } from '../users/public.ts'
import { createHold } from './create-hold.ts'
import { readRules } from './read-rules.ts'
import { readRetentionStatus } from './read-status.ts'
import { releaseHold } from './release-hold.ts'
import { renderHold } from './render-hold.ts'
import { findHold, findRules, listHolds } from './store.ts'
import { updateRetention } from './update-retention.ts'

export type RetentionDependencies = {
  readonly database: Database
  readonly mutations: Mutations
  readonly clock: Clock
  readonly newId: NewId
}

const tags = ['retention']
const codes = ['api_key.agent_refused'] as const

const read = protectedRoute(
  { permission: 'privacy:read', codes },
  {
    method: 'get',
    path: '/v1/retention',
    tags,
    summary: 'Read how long the workspace keeps what',
    responses: { 200: json(retentionSchema, 'Days by class') },
  },
)

const change = protectedRoute(
  { permission: 'privacy:write', codes },
  {
    method: 'put',
    path: '/v1/retention',
    tags,
    summary: 'Change how long the workspace keeps what: a preset, single classes, or both',
    description: 'The next run, within a day, removes what a shorter rule lets go of. Nothing comes back.',
    request: { body: jsonBody(setRetentionSchema) },
    responses: { 200: json(retentionSchema, 'The rules as they are now') },
  },
)

const status = protectedRoute(
  { permission: 'privacy:read', codes },
  {
    method: 'get',
    path: '/v1/retention/status',
    tags,
    summary: 'Compare the rules with the oldest that really is there, and see the last run',
    responses: { 200: json(retentionStatusSchema, 'By class: the rule, the oldest, what is overdue') },
  },
)

const list = protectedRoute(
  { permission: 'privacy:read', codes },
  {
    method: 'get',
    path: '/v1/legal-holds',
    tags,
    summary: 'List legal holds, newest first',
    request: { query: pageQuerySchema },
    responses: { 200: json(pageSchema(legalHoldSchema), 'One page of holds') },
  },
)

const hold = protectedRoute(
  { permission: 'privacy:write', codes: [...codes, 'request.not_found'] },
  {
    method: 'post',
    path: '/v1/legal-holds',
    tags,
    summary: 'Keep what there is of a person, an agent or the workspace, whatever the rules say',
    request: { body: jsonBody(createLegalHoldSchema) },
    responses: { 201: json(legalHoldSchema, 'The hold, in force') },
  },
)

const release = protectedRoute(
  { permission: 'privacy:write', codes: [...codes, 'request.not_found', 'retention.hold_released'] },
  {
    method: 'post',
    path: '/v1/legal-holds/{id}/release',
    tags,
    summary: 'End a hold; the next run removes what it kept beyond its time',
    request: { params: idParamsSchema },
    responses: { 200: json(legalHoldSchema, 'The hold, released') },
  },
)

/** Rules and holds are of all agents, so a key for some of them only reads and changes none. */
export function retentionRoutes(deps: RetentionDependencies) {
  const app = apiRouter()
  addRules(app, deps)
  addHolds(app, deps)
  return app
}

function addRules(app: ReturnType<typeof apiRouter>, { database, mutations, clock }: RetentionDependencies): void {
  app.openapi(read, async (context) => {
    const principal = context.get('principal')
    requireEveryAgent(principal)
    return context.json(await database.withWorkspace(principal.scope, readRetention), 200)
  })
  app.openapi(change, async (context) => {
    const asking = caller(context)
    requireEveryAgent(asking.principal)
    const body = context.req.valid('json')
    const answer = await mutations.run({
      ...asking,
      route: 'PUT /v1/retention',
      input: body,
      work: async (tx) => {
        await updateRetention(tx, { change: body, now: new Date(clock.nowMs()) })
        return null
      },
      read: readRetention,
    })
    return context.json(answer, 200)
  })
  app.openapi(status, async (context) => {
    const principal = context.get('principal')
    requireEveryAgent(principal)
    const now = new Date(clock.nowMs())
    return context.json(await database.withWorkspace(principal.scope, (tx) => readRetentionStatus(tx, now)), 200)
  })
}

function addHolds(app: ReturnType<typeof apiRouter>, deps: RetentionDependencies): void {
  const { database, mutations, clock, newId } = deps
  app.openapi(list, async (context) => {
    const principal = context.get('principal')
    requireEveryAgent(principal)
    const { cursor, limit } = context.req.valid('query')
    const page = { cursor: readCursor(cursor), limit }
    const rows = await database.withWorkspace(principal.scope, (tx) => listHolds(tx, page))
    return context.json(pageOf(rows, limit, renderHold), 200)
  })
  app.openapi(hold, async (context) => {
    const asking = caller(context)
    requireEveryAgent(asking.principal)
    const body = context.req.valid('json')
    const now = new Date(clock.nowMs())
    const until = body.until === undefined ? null : new Date(body.until)
    if (until !== null && until <= now) throw isOver()
    const answer = await mutations.run({
      ...asking,
      route: 'POST /v1/legal-holds',
      status: 201,
      input: body,
      work: async (tx) => {
        const userId = body.user_id === undefined ? null : bodyId('user', body.user_id, '/user_id')
        const agentId = body.agent_id === undefined ? null : bodyId('agent', body.agent_id, '/agent_id')
        if (userId !== null && (await findUser(tx, userId)) === undefined) throw notFound('user')
        if (agentId !== null && (await findAgent(tx, agentId)) === undefined) throw notFound('agent')
        const createdBy = principalName(asking.principal).id
        return createHold(tx, { id: newId(), userId, agentId, reason: body.reason, until, createdBy, createdAt: now })
      },
      read: readHold,
    })
    return context.json(answer, 201)
  })
  app.openapi(release, async (context) => {
    const asking = caller(context)
    requireEveryAgent(asking.principal)
    const id = pathId('legalHold', context.req.valid('param').id)
    const answer = await mutations.run({
      ...asking,
      route: 'POST /v1/legal-holds/{id}/release',
      input: { id },
      work: (tx) => releaseHold(tx, { id, by: principalName(asking.principal).id, now: new Date(clock.nowMs()) }),
      read: readHold,
    })
    return context.json(answer, 200)
  })
}

function isOver(): AppError {
  return new AppError('request.invalid', 'a hold that is over before it begins', {
    errors: [{ pointer: '/until', detail: 'lies in the past; write a later time, or leave it out' }],
  })
}

async function readHold(tx: WorkspaceTx, id: Parameters<typeof findHold>[1]) {
  const row = await findHold(tx, id)
  if (row === undefined) throw notFound('legal hold')
  return renderHold(row)
}

async function readRetention(tx: WorkspaceTx) {
  const row = await findRules(tx)
  return {
    preset: row === undefined ? ('standard' as const) : row.preset,
    rules: readRules(row),
    updated_at: row?.updatedAt.toISOString() ?? null,
  }
}
