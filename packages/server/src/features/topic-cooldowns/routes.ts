import {
  encodeId,
  pageQuerySchema,
  pageSchema,
  restingTopicSchema,
  startTopicCooldownSchema,
  type Uuid,
} from '@hyponema/contract'
import { auditedRead } from '../../guards/audited-read.ts'
import type { Mutations } from '../../guards/mutations.ts'
import { apiRouter, caller, json, jsonBody, protectedRoute } from '../../guards/protected-route.ts'
import type { Clock } from '../../kernel/clock.ts'
import { pageOf, readCursor } from '../../kernel/cursor.ts'
import type { NewId } from '../../kernel/new-id.ts'
import { idParamsSchema, notFound, pathId } from '../../kernel/path-id.ts'
import { principalName } from '../../kernel/principal-name.ts'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'
import { findUser } from '../users/public.ts'
import { renderTopicCooldown } from './render-topic-cooldown.ts'
import { requireRoom } from './require-room.ts'
import { startTopicCooldown } from './start-topic-cooldown.ts'
import { deleteTopicCooldown, findTopicCooldown, listTopicCooldowns } from './store.ts'

export type TopicCooldownDependencies = {
  readonly mutations: Mutations
  readonly clock: Clock
  readonly newId: NewId
}

const tags = ['topic-cooldowns']

const list = protectedRoute(
  { permission: 'users:read', codes: ['request.not_found'] },
  {
    method: 'get',
    path: '/v1/users/{id}/topic-cooldowns',
    tags,
    summary: 'List the topics that rest or rested for a user, newest first; the reading is audited',
    request: { params: idParamsSchema, query: pageQuerySchema },
    responses: { 200: json(pageSchema(restingTopicSchema), 'One page of topics') },
  },
)

const start = protectedRoute(
  { permission: 'users:write', codes: ['request.not_found', 'topic_cooldown.too_many'] },
  {
    method: 'post',
    path: '/v1/users/{id}/topic-cooldowns',
    tags,
    summary: 'Let a topic rest for a user; one that already rests is never shortened',
    request: { params: idParamsSchema, body: jsonBody(startTopicCooldownSchema) },
    responses: { 201: json(restingTopicSchema, 'The topic as it rests now') },
  },
)

const remove = protectedRoute(
  { permission: 'users:write', codes: ['request.not_found'] },
  {
    method: 'delete',
    path: '/v1/topic-cooldowns/{id}',
    tags,
    summary: 'Let a user be spoken to about a topic again',
    request: { params: idParamsSchema },
    responses: { 204: { description: 'The topic no longer rests' } },
  },
)

export function topicCooldownRoutes(deps: TopicCooldownDependencies) {
  const app = apiRouter()
  addReading(app, deps)
  addChanging(app, deps)
  return app
}

function addReading(app: ReturnType<typeof apiRouter>, deps: TopicCooldownDependencies): void {
  app.openapi(list, async (context) => {
    const { cursor, limit } = context.req.valid('query')
    const userId = pathId('user', context.req.valid('param').id)
    const page = { userId, cursor: readCursor(cursor), limit }
    const { principal, request } = caller(context)
    const answer = await auditedRead(deps.mutations, {
      principal,
      request,
      route: 'GET /v1/users/{id}/topic-cooldowns',
      entry: { action: 'topic_cooldown.listed', target: { kind: 'user', id: userId } },
      read: async (tx) => {
        await requireUser(tx, userId)
        const rows = await listTopicCooldowns(tx, page)
        return pageOf(rows, limit, (row) => renderTopicCooldown(row, deps.clock.nowMs()))
      },
    })
    return context.json(answer, 200)
  })
}

function addChanging(app: ReturnType<typeof apiRouter>, deps: TopicCooldownDependencies): void {
  app.openapi(start, async (context) => {
    const userId = pathId('user', context.req.valid('param').id)
    const { topic, hours } = context.req.valid('json')
    const asking = caller(context)
    const answer = await deps.mutations.run({
      ...asking,
      route: 'POST /v1/users/{id}/topic-cooldowns',
      status: 201,
      input: { userId, topic, hours },
      work: async (tx) => {
        await requireUser(tx, userId)
        await requireRoom(tx, { userId, topic })
        const by = principalName(asking.principal)
        const id = await startTopicCooldown(tx, {
          userId,
          topic,
          reason: 'operator',
          length: { hours, extend_hours: 0, max_hours: hours },
          now: new Date(deps.clock.nowMs()),
          createdBy: `${by.kind}:${by.id}`,
          newId: deps.newId,
        })
        await tx.audit({
          action: 'topic_cooldown.started',
          target: { kind: 'topicCooldown', id },
          after: { user_id: encodeId('user', userId), topic, hours },
        })
        return id
      },
      read: (tx, id) => readOne(tx, id, deps),
    })
    return context.json(answer, 201)
  })
  app.openapi(remove, async (context) => {
    const id = pathId('topicCooldown', context.req.valid('param').id)
    await deps.mutations.run({
      ...caller(context),
      route: 'DELETE /v1/topic-cooldowns/{id}',
      status: 204,
      input: { id },
      work: async (tx) => {
        const row = await findTopicCooldown(tx, id)
        if (row === undefined || !(await deleteTopicCooldown(tx, id))) throw notFound('topic cooldown')
        await tx.audit({
          action: 'topic_cooldown.reset',
          target: { kind: 'topicCooldown', id },
          before: { user_id: encodeId('user', row.userId), topic: row.topic, ends_at: row.endsAt.toISOString() },
        })
        return null
      },
      read: async () => undefined,
    })
    return context.body(null, 204)
  })
}

async function requireUser(tx: WorkspaceTx, id: Uuid): Promise<void> {
  if ((await findUser(tx, id)) === undefined) throw notFound('user')
}

async function readOne(tx: WorkspaceTx, id: Uuid, { clock }: TopicCooldownDependencies) {
  const row = await findTopicCooldown(tx, id)
  if (row === undefined) throw notFound('topic cooldown')
  return renderTopicCooldown(row, clock.nowMs())
}
