import {
  createUserSchema,
  externalIdSchema,
  pageQuerySchema,
  pageSchema,
  type Uuid,
  updateUserSchema,
  userSchema,
} from '@hyponema/contract'
import { auditedRead } from '../../guards/audited-read.ts'
import type { ContentKeys } from '../../guards/content-keys.ts'
import type { Mutations } from '../../guards/mutations.ts'
import { apiRouter, caller, json, jsonBody, protectedRoute } from '../../guards/protected-route.ts'
import type { Clock } from '../../kernel/clock.ts'
import { pageOf, readCursor } from '../../kernel/cursor.ts'
import type { NewId } from '../../kernel/new-id.ts'
import { idParamsSchema, notFound, pathId } from '../../kernel/path-id.ts'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'
import { createUser } from './create-user.ts'
import { renderUser } from './render-user.ts'
import { findUser, findUserByExternalId, listUsers } from './store.ts'
import { type CancelContacts, updateUser } from './update-user.ts'

export type UserDependencies = {
  readonly mutations: Mutations
  readonly contentKeys: ContentKeys
  readonly clock: Clock
  readonly newId: NewId
  readonly cancelContacts: CancelContacts
}

const tags = ['users']

const create = protectedRoute(
  { permission: 'users:write', codes: ['idempotency.mismatch', 'idempotency.in_progress'] },
  {
    method: 'post',
    path: '/v1/users',
    tags,
    summary: 'Create a user',
    request: { body: jsonBody(createUserSchema) },
    responses: { 201: json(userSchema, 'The user') },
  },
)

const list = protectedRoute(
  { permission: 'users:read' },
  {
    method: 'get',
    path: '/v1/users',
    tags,
    summary: 'List users, newest first, or find one by external id; the reading is audited',
    request: { query: pageQuerySchema.extend({ external_id: externalIdSchema.optional() }) },
    responses: { 200: json(pageSchema(userSchema), 'One page of users') },
  },
)

const read = protectedRoute(
  { permission: 'users:read', codes: ['request.not_found'] },
  {
    method: 'get',
    path: '/v1/users/{id}',
    tags,
    summary: 'Read a user; the reading is audited',
    request: { params: idParamsSchema },
    responses: { 200: json(userSchema, 'The user') },
  },
)

const update = protectedRoute(
  { permission: 'users:write', codes: ['request.not_found'] },
  {
    method: 'patch',
    path: '/v1/users/{id}',
    tags,
    summary: 'Change a user',
    request: { params: idParamsSchema, body: jsonBody(updateUserSchema) },
    responses: { 200: json(userSchema, 'The user as it is now') },
  },
)

export function userRoutes(deps: UserDependencies) {
  const readOne = async (tx: WorkspaceTx, id: Uuid) => {
    const row = await findUser(tx, id)
    if (row === undefined) throw notFound('user')
    return renderUser(tx, row, deps.contentKeys)
  }
  return apiRouter()
    .openapi(create, async (context) => {
      const user = context.req.valid('json')
      const answer = await deps.mutations.run({
        ...caller(context),
        route: 'POST /v1/users',
        status: 201,
        input: user,
        work: (tx) => createUser(tx, { user, newId: deps.newId, contentKeys: deps.contentKeys }),
        read: readOne,
      })
      return context.json(answer, 201)
    })
    .openapi(list, async (context) => {
      const query = context.req.valid('query')
      const cursor = readCursor(query.cursor)
      const { principal, request } = caller(context)
      const answer = await auditedRead(deps.mutations, {
        principal,
        request,
        route: 'GET /v1/users',
        entry: { action: 'user.opened', target: { kind: 'workspace', id: principal.scope.workspaceId } },
        read: async (tx) => {
          const rows =
            query.external_id === undefined
              ? await listUsers(tx, { cursor, limit: query.limit })
              : await findAsList(tx, await deps.contentKeys.blindIndex(tx, query.external_id))
          const page = pageOf(rows, query.limit, (row) => row)
          return { ...page, data: await Promise.all(page.data.map((row) => renderUser(tx, row, deps.contentKeys))) }
        },
      })
      return context.json(answer, 200)
    })
    .openapi(read, async (context) => {
      const id = pathId('user', context.req.valid('param').id)
      const { principal, request } = caller(context)
      const answer = await auditedRead(deps.mutations, {
        principal,
        request,
        route: 'GET /v1/users/{id}',
        entry: { action: 'user.opened', target: { kind: 'user', id } },
        read: (tx) => readOne(tx, id),
      })
      return context.json(answer, 200)
    })
    .openapi(update, async (context) => {
      const id = pathId('user', context.req.valid('param').id)
      const change = context.req.valid('json')
      const answer = await deps.mutations.run({
        ...caller(context),
        route: 'PATCH /v1/users/{id}',
        input: { id, change },
        work: async (tx) => {
          await updateUser(tx, { ...deps, id, change })
          return id
        },
        read: readOne,
      })
      return context.json(answer, 200)
    })
}

async function findAsList(tx: WorkspaceTx, index: Buffer) {
  const row = await findUserByExternalId(tx, index)
  return row === undefined ? [] : [row]
}
