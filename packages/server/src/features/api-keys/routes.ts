import {
  apiKeySchema,
  createApiKeySchema,
  createdApiKeySchema,
  pageQuerySchema,
  pageSchema,
  revokeApiKeySchema,
  rotateApiKeySchema,
  type Uuid,
  updateApiKeySchema,
} from '@hyponema/contract'
import type { KnownKeys } from '../../guards/known-keys.ts'
import type { Mutations } from '../../guards/mutations.ts'
import { apiRouter, caller, json, jsonBody, protectedRoute } from '../../guards/protected-route.ts'
import type { Clock } from '../../kernel/clock.ts'
import { pageOf, readCursor } from '../../kernel/cursor.ts'
import type { NewId } from '../../kernel/new-id.ts'
import { idParamsSchema, notFound, pathId } from '../../kernel/path-id.ts'
import { principalName } from '../../kernel/principal-name.ts'
import type { Keyring } from '../../platform/crypto/keyring.ts'
import type { Database } from '../../platform/postgres/database.ts'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'
import { type IssuedApiKey, issueApiKey } from './issue-api-key.ts'
import { readNewKey } from './read-new-key.ts'
import { renderApiKey, renderCreatedApiKey } from './render-api-key.ts'
import { revokeApiKey } from './revoke-api-key.ts'
import { rotateApiKey } from './rotate-api-key.ts'
import { findApiKey, listApiKeys } from './store.ts'
import { updateApiKey } from './update-api-key.ts'

export type ApiKeyDependencies = {
  readonly knownKeys: KnownKeys
  readonly database: Database
  readonly mutations: Mutations
  readonly keyring: Keyring
  readonly clock: Clock
  readonly newId: NewId
}

const tags = ['api-keys']

const create = protectedRoute(
  { permission: 'api_keys:write' },
  {
    method: 'post',
    path: '/v1/api-keys',
    tags,
    summary: 'Make an API key; it is shown once',
    request: { body: jsonBody(createApiKeySchema) },
    responses: { 201: json(createdApiKeySchema, 'The key; its text is shown here only') },
  },
)

const list = protectedRoute(
  { permission: 'api_keys:read' },
  {
    method: 'get',
    path: '/v1/api-keys',
    tags,
    summary: 'List API keys by their hints, newest first',
    request: { query: pageQuerySchema },
    responses: { 200: json(pageSchema(apiKeySchema), 'One page of keys') },
  },
)

const read = protectedRoute(
  { permission: 'api_keys:read' },
  {
    method: 'get',
    path: '/v1/api-keys/{id}',
    tags,
    summary: 'Read an API key without its text',
    request: { params: idParamsSchema },
    responses: { 200: json(apiKeySchema, 'The key without its text') },
  },
)

const update = protectedRoute(
  { permission: 'api_keys:write' },
  {
    method: 'patch',
    path: '/v1/api-keys/{id}',
    tags,
    summary: 'Change the label of an API key; what it may do stays',
    request: { params: idParamsSchema, body: jsonBody(updateApiKeySchema) },
    responses: { 200: json(apiKeySchema, 'The key as it is now') },
  },
)

const rotate = protectedRoute(
  {
    permission: 'api_keys:write',
    codes: ['api_key.not_live', 'api_key.already_rotated', 'api_key.beyond_role'],
  },
  {
    method: 'post',
    path: '/v1/api-keys/{id}/rotate',
    tags,
    summary: 'Make the successor of an API key; both work until the overlap ends',
    request: { params: idParamsSchema, body: { ...jsonBody(rotateApiKeySchema), required: false } },
    responses: { 201: json(createdApiKeySchema, 'The new key; its text is shown here only') },
  },
)

const revoke = protectedRoute(
  { permission: 'api_keys:write' },
  {
    method: 'post',
    path: '/v1/api-keys/{id}/revoke',
    tags,
    summary: 'End an API key at once; revoking twice answers the same',
    request: { params: idParamsSchema, body: { ...jsonBody(revokeApiKeySchema), required: false } },
    responses: { 200: json(apiKeySchema, 'The revoked key') },
  },
)

export function apiKeyRoutes(deps: ApiKeyDependencies) {
  const app = apiRouter()
  addReading(app, deps)
  addMaking(app, deps)
  addChanging(app, deps)
  return app
}

function addReading(app: ReturnType<typeof apiRouter>, deps: ApiKeyDependencies): void {
  app.openapi(list, async (context) => {
    const { cursor, limit } = context.req.valid('query')
    const page = { cursor: readCursor(cursor), limit }
    const rows = await deps.database.withWorkspace(context.get('principal').scope, (tx) => listApiKeys(tx, page))
    return context.json(pageOf(rows, limit, renderApiKey), 200)
  })
  app.openapi(read, async (context) => {
    const id = pathId('apiKey', context.req.valid('param').id)
    const row = await deps.database.withWorkspace(context.get('principal').scope, (tx) => readKey(tx, id))
    return context.json(renderApiKey(row), 200)
  })
}

function addMaking(app: ReturnType<typeof apiRouter>, deps: ApiKeyDependencies): void {
  app.openapi(create, async (context) => {
    const body = context.req.valid('json')
    const { principal, ...request } = caller(context)
    let issued: IssuedApiKey | undefined
    const answer = await deps.mutations.run({
      ...request,
      principal,
      route: 'POST /v1/api-keys',
      status: 201,
      input: body,
      work: async (tx) => {
        const key = await readNewKey(tx, { principal, nowMs: deps.clock.nowMs(), body })
        issued = await issueApiKey(tx, { ...deps, ...key, rotatedFrom: null, createdBy: principalName(principal).id })
        return issued.id
      },
      read: async (tx, id) => renderCreatedApiKey(await readKey(tx, id), issued?.text),
    })
    return context.json(answer, 201)
  })
  app.openapi(rotate, async (context) => {
    const id = pathId('apiKey', context.req.valid('param').id)
    const body = rotateApiKeySchema.parse(context.req.valid('json') ?? {})
    const { principal, ...request } = caller(context)
    let issued: IssuedApiKey | undefined
    const answer = await deps.mutations.run({
      ...request,
      principal,
      route: 'POST /v1/api-keys/{id}/rotate',
      status: 201,
      input: { id, body },
      work: async (tx) => {
        issued = await rotateApiKey(tx, { ...deps, principal, id, body })
        return issued.id
      },
      read: async (tx, made) => renderCreatedApiKey(await readKey(tx, made), issued?.text),
    })
    deps.knownKeys.forget({ workspaceId: principal.scope.workspaceId, keyId: id })
    return context.json(answer, 201)
  })
}

function addChanging(app: ReturnType<typeof apiRouter>, deps: ApiKeyDependencies): void {
  app.openapi(update, async (context) => {
    const id = pathId('apiKey', context.req.valid('param').id)
    const { label } = context.req.valid('json')
    const answer = await deps.mutations.run({
      ...caller(context),
      route: 'PATCH /v1/api-keys/{id}',
      input: { id, label },
      work: async (tx) => {
        await updateApiKey(tx, { id, label })
        return id
      },
      read: async (tx) => renderApiKey(await readKey(tx, id)),
    })
    return context.json(answer, 200)
  })
  app.openapi(revoke, async (context) => {
    const id = pathId('apiKey', context.req.valid('param').id)
    const answer = await deps.mutations.run({
      ...caller(context),
      route: 'POST /v1/api-keys/{id}/revoke',
      input: { id },
      work: async (tx) => {
        await revokeApiKey(tx, { id, clock: deps.clock })
        return id
      },
      read: async (tx) => renderApiKey(await readKey(tx, id)),
    })
    deps.knownKeys.forget({ workspaceId: context.get('principal').scope.workspaceId, keyId: id })
    return context.json(answer, 200)
  })
}

async function readKey(tx: WorkspaceTx, id: Uuid) {
  const row = await findApiKey(tx, id)
  if (row === undefined) throw notFound('API key')
  return row
}
