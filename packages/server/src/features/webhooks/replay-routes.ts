import {
  encodeId,
  pageQuerySchema,
  pageSchema,
  replayWebhookSchema,
  testWebhookSchema,
  webhookAttemptSchema,
  webhookDeliveriesQuerySchema,
  webhookDeliverySchema,
  webhookReplaySchema,
  webhookTestSchema,
} from '@hyponema/contract'
import { auditedRead } from '../../guards/audited-read.ts'
import { callerOfEveryAgent } from '../../guards/caller-of-every-agent.ts'
import type { ContentKeys } from '../../guards/content-keys.ts'
import type { Mutations } from '../../guards/mutations.ts'
import { type apiRouter, json, jsonBody, protectedRoute } from '../../guards/protected-route.ts'
import type { Clock } from '../../kernel/clock.ts'
import { pageOf, readCursor } from '../../kernel/cursor.ts'
import type { NewId } from '../../kernel/new-id.ts'
import { idParamsSchema, notFound, pathId } from '../../kernel/path-id.ts'
import type { Database } from '../../platform/postgres/database.ts'
import { openAnswers } from './open-answers.ts'
import { readWebhook } from './read-webhook.ts'
import { renderAttempt, renderDelivery } from './render-webhook.ts'
import { type Replayed, replayEvents } from './replay-events.ts'
import { findDeliveryId, listAttempts, listDeliveries } from './store.ts'
import { testWebhook } from './test-webhook.ts'

export type ReplayDependencies = {
  readonly database: Pick<Database, 'withWorkspace'>
  readonly mutations: Mutations
  readonly contentKeys: ContentKeys
  readonly clock: Clock
  readonly newId: NewId
}

const tags = ['webhooks']
const permission = 'webhooks:admin'

const test = protectedRoute(
  { permission, codes: ['api_key.agent_refused', 'webhook.not_enabled'] },
  {
    method: 'post',
    path: '/v1/webhooks/{id}/test',
    tags,
    summary: 'Send the example of an event to this endpoint alone',
    request: { params: idParamsSchema, body: jsonBody(testWebhookSchema) },
    responses: { 202: json(webhookTestSchema, 'What was queued; its attempts tell what came of it') },
  },
)

const replay = protectedRoute(
  { permission, codes: ['api_key.agent_refused', 'webhook.not_enabled'] },
  {
    method: 'post',
    path: '/v1/webhooks/{id}/replay',
    tags,
    summary: 'Send one event again, or all since a time, 10,000 at a time',
    request: { params: idParamsSchema, body: jsonBody(replayWebhookSchema) },
    responses: { 202: json(webhookReplaySchema, 'How many were queued') },
  },
)

const deliveries = protectedRoute(
  { permission, codes: ['api_key.agent_refused'] },
  {
    method: 'get',
    path: '/v1/webhooks/{id}/deliveries',
    tags,
    summary: 'List what an endpoint is owed or was sent, newest first',
    request: { params: idParamsSchema, query: webhookDeliveriesQuerySchema },
    responses: { 200: json(pageSchema(webhookDeliverySchema), 'One page of deliveries') },
  },
)

const attempts = protectedRoute(
  { permission, codes: ['api_key.agent_refused'] },
  {
    method: 'get',
    path: '/v1/webhooks/{id}/attempts',
    tags,
    summary: 'List attempts with what the endpoint answered, newest first; the reading is audited',
    request: { params: idParamsSchema, query: pageQuerySchema },
    responses: { 200: json(pageSchema(webhookAttemptSchema), 'One page of attempts of the last 30 days') },
  },
)

export function addReplayRoutes(app: ReturnType<typeof apiRouter>, deps: ReplayDependencies): void {
  addSending(app, deps)
  addListing(app, deps)
}

function addSending(app: ReturnType<typeof apiRouter>, deps: ReplayDependencies): void {
  app.openapi(test, async (context) => {
    const id = pathId('webhook', context.req.valid('param').id)
    const { type } = context.req.valid('json')
    const answer = await deps.mutations.run({
      ...callerOfEveryAgent(context),
      route: 'POST /v1/webhooks/{id}/test',
      status: 202,
      input: { id, type },
      work: (tx) => testWebhook(tx, { ...deps, id, type }),
      read: async (tx, eventId) => {
        const deliveryId = await findDeliveryId(tx, { webhookId: id, eventId })
        if (deliveryId === undefined) throw notFound('delivery')
        return { event_id: encodeId('event', eventId), delivery_id: encodeId('delivery', deliveryId) }
      },
    })
    return context.json(answer, 202)
  })
  app.openapi(replay, async (context) => {
    const id = pathId('webhook', context.req.valid('param').id)
    const body = context.req.valid('json')
    let replayed: Replayed | undefined
    const answer = await deps.mutations.run({
      ...callerOfEveryAgent(context),
      route: 'POST /v1/webhooks/{id}/replay',
      status: 202,
      input: { id, body },
      work: async (tx) => {
        replayed = await replayEvents(tx, { ...deps, id, body })
        return id
      },
      read: async () => ({
        queued: replayed?.queued ?? null,
        next_since: replayed?.nextSince?.toISOString() ?? null,
      }),
    })
    return context.json(answer, 202)
  })
}

function addListing(app: ReturnType<typeof apiRouter>, deps: ReplayDependencies): void {
  app.openapi(deliveries, async (context) => {
    const webhookId = pathId('webhook', context.req.valid('param').id)
    const { cursor, limit, state } = context.req.valid('query')
    const page = { webhookId, state, cursor: readCursor(cursor), limit }
    const rows = await deps.database.withWorkspace(callerOfEveryAgent(context).principal.scope, async (tx) => {
      await readWebhook(tx, webhookId)
      return listDeliveries(tx, page)
    })
    return context.json(pageOf(rows, limit, renderDelivery), 200)
  })
  app.openapi(attempts, async (context) => {
    const webhookId = pathId('webhook', context.req.valid('param').id)
    const { cursor, limit } = context.req.valid('query')
    const page = { webhookId, cursor: readCursor(cursor), limit }
    const { principal, request } = callerOfEveryAgent(context)
    const answer = await auditedRead(deps.mutations, {
      principal,
      request,
      route: 'GET /v1/webhooks/{id}/attempts',
      entry: { action: 'webhook.answers_opened', target: { kind: 'webhook', id: webhookId } },
      read: async (tx) => {
        await readWebhook(tx, webhookId)
        const rows = await listAttempts(tx, page)
        const answers = await openAnswers(tx, rows.slice(0, limit), deps.contentKeys)
        return pageOf(rows, limit, (row) => renderAttempt(row, answers.get(row.id) ?? null))
      },
    })
    return context.json(answer, 200)
  })
}
