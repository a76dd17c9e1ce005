import { createCredentialSchema, credentialSchema, encodeId, pageQuerySchema, pageSchema } from '@hyponema/contract'
import type { z } from 'zod'
import type { Mutations } from '../../guards/mutations.ts'
import { apiRouter, caller, json, jsonBody, protectedRoute } from '../../guards/protected-route.ts'
import { pageOf, readCursor } from '../../kernel/cursor.ts'
import type { NewId } from '../../kernel/new-id.ts'
import { idParamsSchema, notFound, pathId } from '../../kernel/path-id.ts'
import type { CredentialSealer } from '../../platform/crypto/credential-sealer.ts'
import type { Database } from '../../platform/postgres/database.ts'
import { createCredential } from './create-credential.ts'
import { deleteCredential } from './delete-credential.ts'
import { type CredentialRow, findCredential, listCredentials } from './store.ts'

export type CredentialDependencies = {
  readonly database: Database
  readonly mutations: Mutations
  readonly sealer: CredentialSealer
  readonly newId: NewId
}

const tags = ['credentials']

const create = protectedRoute(
  { permission: 'credentials:write', codes: ['idempotency.mismatch', 'idempotency.in_progress'] },
  {
    method: 'post',
    path: '/v1/credentials',
    tags,
    summary: 'Seal a provider key; it is never shown again',
    request: { body: jsonBody(createCredentialSchema) },
    responses: { 201: json(credentialSchema, 'The credential without its key') },
  },
)

const list = protectedRoute(
  { permission: 'credentials:read' },
  {
    method: 'get',
    path: '/v1/credentials',
    tags,
    summary: 'List credentials by their hints, newest first',
    request: { query: pageQuerySchema },
    responses: { 200: json(pageSchema(credentialSchema), 'One page of credentials') },
  },
)

const read = protectedRoute(
  { permission: 'credentials:read', codes: ['request.not_found'] },
  {
    method: 'get',
    path: '/v1/credentials/{id}',
    tags,
    summary: 'Read the hints of a credential',
    request: { params: idParamsSchema },
    responses: { 200: json(credentialSchema, 'The credential without its key') },
  },
)

const remove = protectedRoute(
  { permission: 'credentials:write', codes: ['request.not_found'] },
  {
    method: 'delete',
    path: '/v1/credentials/{id}',
    tags,
    summary: 'Delete a credential and every sealed version of it',
    request: { params: idParamsSchema },
    responses: { 204: { description: 'Gone' } },
  },
)

export function credentialRoutes(deps: CredentialDependencies) {
  const app = apiRouter()
  app.openapi(create, async (context) => {
    const body = context.req.valid('json')
    const { principal, ...request } = caller(context)
    const answer = await deps.mutations.run({
      ...request,
      principal,
      route: 'POST /v1/credentials',
      status: 201,
      input: body,
      work: (tx) => createCredential(tx, { principal, newId: deps.newId, sealer: deps.sealer, credential: body }),
      read: async (tx, id) => {
        const row = await findCredential(tx, id)
        if (row === undefined) throw notFound('credential')
        return renderCredential(row)
      },
    })
    return context.json(answer, 201)
  })
  app.openapi(list, async (context) => {
    const { cursor, limit } = context.req.valid('query')
    const page = { cursor: readCursor(cursor), limit }
    const rows = await deps.database.withWorkspace(context.get('principal').scope, (tx) => listCredentials(tx, page))
    return context.json(pageOf(rows, limit, renderCredential), 200)
  })
  app.openapi(read, async (context) => {
    const id = pathId('credential', context.req.valid('param').id)
    const row = await deps.database.withWorkspace(context.get('principal').scope, (tx) => findCredential(tx, id))
    if (row === undefined) throw notFound('credential')
    return context.json(renderCredential(row), 200)
  })
  app.openapi(remove, async (context) => {
    const id = pathId('credential', context.req.valid('param').id)
    const { principal, ...request } = caller(context)
    await deps.mutations.run({
      ...request,
      principal,
      route: 'DELETE /v1/credentials/{id}',
      status: 204,
      input: { id },
      work: async (tx) => {
        await deleteCredential(tx, id)
        return null
      },
      read: async () => undefined,
    })
    return context.body(null, 204)
  })
  return app
}

function renderCredential(row: CredentialRow): z.infer<typeof credentialSchema> {
  return {
    id: encodeId('credential', row.id),
    kind: row.kind,
    provider: row.provider,
    label: row.label,
    hint: row.hint,
    version: row.version,
    created_at: row.createdAt.toISOString(),
    created_by: row.createdBy,
  }
}
