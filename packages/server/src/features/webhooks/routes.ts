import {
  createdWebhookSchema,
  createWebhookSchema,
  pageQuerySchema,
  pageSchema,
  type Uuid,
  updateWebhookSchema,
  webhookSchema,
} from '@hyponema/contract'
import { callerOfEveryAgent } from '../../guards/caller-of-every-agent.ts'
import { apiRouter, json, jsonBody, protectedRoute } from '../../guards/protected-route.ts'
import { pageOf, readCursor } from '../../kernel/cursor.ts'
import { idParamsSchema, pathId } from '../../kernel/path-id.ts'
import type { OutboundDoor } from '../../platform/outbound/outbound-door.ts'
import { readOutboundHosts } from '../workspaces/public.ts'
import { checkWebhookUrl } from './check-webhook-url.ts'
import { type CreatedWebhook, createWebhook } from './create-webhook.ts'
import { deleteWebhook } from './delete-webhook.ts'
import { readWebhook } from './read-webhook.ts'
import { renderWebhook, renderWithSecret } from './render-webhook.ts'
import { addReplayRoutes, type ReplayDependencies } from './replay-routes.ts'
import { sealWebhookSecrets } from './seal-webhook-secrets.ts'
import { listWebhooks } from './store.ts'
import { updateWebhook } from './update-webhook.ts'
import { addVerifyRoutes, type VerifyDependencies } from './verify-routes.ts'

export type WebhookDependencies = VerifyDependencies &
  ReplayDependencies & { readonly door: Pick<OutboundDoor, 'judge' | 'fetch'> }

const tags = ['webhooks']
const permission = 'webhooks:admin'

const create = protectedRoute(
  { permission, codes: ['api_key.agent_refused', 'outbound.address_refused', 'webhook.too_many'] },
  {
    method: 'post',
    path: '/v1/webhooks',
    tags,
    summary: 'Make a webhook endpoint; its secret is shown once, and it receives nothing until it is verified',
    request: { body: jsonBody(createWebhookSchema) },
    responses: { 201: json(createdWebhookSchema, 'The endpoint; its secret is shown here only') },
  },
)

const list = protectedRoute(
  { permission, codes: ['api_key.agent_refused'] },
  {
    method: 'get',
    path: '/v1/webhooks',
    tags,
    summary: 'List webhook endpoints, newest first',
    request: { query: pageQuerySchema },
    responses: { 200: json(pageSchema(webhookSchema), 'One page of endpoints') },
  },
)

const read = protectedRoute(
  { permission, codes: ['api_key.agent_refused'] },
  {
    method: 'get',
    path: '/v1/webhooks/{id}',
    tags,
    summary: 'Read a webhook endpoint and how it fares',
    request: { params: idParamsSchema },
    responses: { 200: json(webhookSchema, 'The endpoint without its secret') },
  },
)

const update = protectedRoute(
  { permission, codes: ['api_key.agent_refused', 'outbound.address_refused'] },
  {
    method: 'patch',
    path: '/v1/webhooks/{id}',
    tags,
    summary: 'Change a webhook endpoint; another URL has to be verified again',
    request: { params: idParamsSchema, body: jsonBody(updateWebhookSchema) },
    responses: { 200: json(webhookSchema, 'The endpoint as it is now') },
  },
)

const remove = protectedRoute(
  { permission, codes: ['api_key.agent_refused'] },
  {
    method: 'delete',
    path: '/v1/webhooks/{id}',
    tags,
    summary: 'Delete a webhook endpoint with its secrets, deliveries and attempts',
    request: { params: idParamsSchema },
    responses: { 204: { description: 'Gone' } },
  },
)

export function webhookRoutes(deps: WebhookDependencies) {
  const app = apiRouter()
  addReading(app, deps)
  addMaking(app, deps)
  addChanging(app, deps)
  addVerifyRoutes(app, deps)
  addReplayRoutes(app, deps)
  return app
}

function addReading(app: ReturnType<typeof apiRouter>, deps: WebhookDependencies): void {
  app.openapi(list, async (context) => {
    const { cursor, limit } = context.req.valid('query')
    const page = { cursor: readCursor(cursor), limit }
    const rows = await deps.database.withWorkspace(callerOfEveryAgent(context).principal.scope, (tx) =>
      listWebhooks(tx, page),
    )
    return context.json(pageOf(rows, limit, renderWebhook), 200)
  })
  app.openapi(read, async (context) => {
    const id = pathId('webhook', context.req.valid('param').id)
    const row = await deps.database.withWorkspace(callerOfEveryAgent(context).principal.scope, (tx) =>
      readWebhook(tx, id),
    )
    return context.json(renderWebhook(row), 200)
  })
}

function addMaking(app: ReturnType<typeof apiRouter>, deps: WebhookDependencies): void {
  app.openapi(create, async (context) => {
    const body = context.req.valid('json')
    const { principal, ...request } = callerOfEveryAgent(context)
    const { workspaceId } = principal.scope
    // Names are looked up outside any transaction: that takes as long as somebody else's name server likes.
    const onlyHosts = await deps.database.withWorkspace(principal.scope, readOutboundHosts)
    const host = await checkWebhookUrl(deps.door, body.url, { workspaceId, onlyHosts })
    // And so does a key service.
    const secrets = await sealWebhookSecrets(deps, { workspaceId, asymmetric: body.asymmetric })
    let created: CreatedWebhook | undefined
    const answer = await deps.mutations.run({
      ...request,
      principal,
      route: 'POST /v1/webhooks',
      status: 201,
      input: body,
      work: async (tx) => {
        created = await createWebhook(tx, { clock: deps.clock, principal, secrets, body, host })
        return created.id
      },
      read: async (tx, id) => renderWithSecret(await readWebhook(tx, id), created?.secret),
    })
    return context.json(answer, 201)
  })
}

function addChanging(app: ReturnType<typeof apiRouter>, deps: WebhookDependencies): void {
  app.openapi(update, async (context) => {
    const id = pathId('webhook', context.req.valid('param').id)
    const change = context.req.valid('json')
    const { principal, ...request } = callerOfEveryAgent(context)
    const host = await judgeChange(deps, { principal, id, url: change.url })
    const answer = await deps.mutations.run({
      ...request,
      principal,
      route: 'PATCH /v1/webhooks/{id}',
      input: { id, ...change },
      work: async (tx) => {
        await updateWebhook(tx, { id, clock: deps.clock, change, host })
        return id
      },
      read: async (tx) => renderWebhook(await readWebhook(tx, id)),
    })
    return context.json(answer, 200)
  })
  app.openapi(remove, async (context) => {
    const id = pathId('webhook', context.req.valid('param').id)
    await deps.mutations.run({
      ...callerOfEveryAgent(context),
      route: 'DELETE /v1/webhooks/{id}',
      status: 204,
      input: { id },
      work: async (tx) => {
        await deleteWebhook(tx, { id, clock: deps.clock })
        return null
      },
      read: async () => undefined,
    })
    return context.body(null, 204)
  })
}

/** An endpoint that is not there is not there, whatever the URL is. */
async function judgeChange(
  deps: WebhookDependencies,
  {
    principal,
    id,
    url,
  }: { principal: ReturnType<typeof callerOfEveryAgent>['principal']; id: Uuid; url: string | undefined },
): Promise<string | undefined> {
  if (url === undefined) return undefined
  const onlyHosts = await deps.database.withWorkspace(principal.scope, async (tx) => {
    await readWebhook(tx, id)
    return readOutboundHosts(tx)
  })
  return checkWebhookUrl(deps.door, url, { workspaceId: principal.scope.workspaceId, onlyHosts })
}
