import {
  createCredentialSchema,
  credentialOpeningSchema,
  credentialSchema,
  credentialTestSchema,
  credentialVersionSchema,
  pageQuerySchema,
  pageSchema,
  rotateCredentialSchema,
  type Uuid,
} from '@hyponema/contract'
import { z } from 'zod'
import type { ContentKeys } from '../../guards/content-keys.ts'
import type { Mutations } from '../../guards/mutations.ts'
import { apiRouter, caller, json, jsonBody, protectedRoute } from '../../guards/protected-route.ts'
import type { Clock } from '../../kernel/clock.ts'
import { pageOf, readCursor } from '../../kernel/cursor.ts'
import type { NewId } from '../../kernel/new-id.ts'
import { idParamsSchema, notFound, pathId } from '../../kernel/path-id.ts'
import { pathVersion, readVersionCursor, versionId, versionNumber } from '../../kernel/version-id.ts'
import type { CredentialSealer } from '../../platform/crypto/credential-sealer.ts'
import type { OutboundDoor } from '../../platform/outbound/outbound-door.ts'
import type { Database } from '../../platform/postgres/database.ts'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'
import { checkTarget } from './check-target.ts'
import { createCredential } from './create-credential.ts'
import { deleteCredential } from './delete-credential.ts'
import { listOpenings } from './list-openings.ts'
import { recordTest } from './record-test.ts'
import { renderCredential, renderOpening, renderVersion } from './render-credential.ts'
import { revokeCredential } from './revoke-credential.ts'
import { rotateCredential } from './rotate-credential.ts'
import { sealProviderKey } from './seal-provider-key.ts'
import { type CredentialRow, findCredential, listCredentials, listVersions } from './store.ts'
import { testCredential } from './test-credential.ts'

export type CredentialDependencies = {
  readonly database: Database
  readonly mutations: Mutations
  readonly sealer: CredentialSealer
  readonly contentKeys: ContentKeys
  readonly door: Pick<OutboundDoor, 'fetch' | 'judge'>
  readonly clock: Clock
  readonly newId: NewId
}

const tags = ['credentials']
const versionParamsSchema = idParamsSchema.extend({ version: z.string() })
const noBodySchema = z.strictObject({})

const create = protectedRoute(
  { permission: 'credentials:write', codes: ['outbound.address_refused'] },
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
  { permission: 'credentials:read' },
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
  { permission: 'credentials:write', codes: ['credential.managed'] },
  {
    method: 'delete',
    path: '/v1/credentials/{id}',
    tags,
    summary: 'Delete a credential and every sealed version of it',
    request: { params: idParamsSchema },
    responses: { 204: { description: 'Gone' } },
  },
)

const rotate = protectedRoute(
  { permission: 'credentials:write', codes: ['credential.revoked', 'credential.managed'] },
  {
    method: 'post',
    path: '/v1/credentials/{id}/rotate',
    tags,
    summary: 'Seal a new key as the current version; the one before ends with its grace',
    request: { params: idParamsSchema, body: jsonBody(rotateCredentialSchema) },
    responses: { 201: json(credentialVersionSchema, 'The new version without its key') },
  },
)

const revoke = protectedRoute(
  { permission: 'credentials:write', codes: ['credential.managed'] },
  {
    method: 'post',
    path: '/v1/credentials/{id}/revoke',
    tags,
    summary: 'End every version of a credential at once, in running sessions too; twice answers the same',
    request: { params: idParamsSchema, body: { ...jsonBody(noBodySchema), required: false } },
    responses: { 200: json(credentialSchema, 'The revoked credential') },
  },
)

const test = protectedRoute(
  {
    permission: 'credentials:write',
    codes: [
      'credential.revoked',
      'credential.managed',
      'credential.rejected',
      'outbound.address_refused',
      'outbound.budget_exceeded',
    ],
  },
  {
    method: 'post',
    path: '/v1/credentials/{id}/test',
    tags,
    summary: 'Ask the provider whether it takes the key, by its cheapest call',
    request: { params: idParamsSchema, body: { ...jsonBody(noBodySchema), required: false } },
    responses: { 200: json(credentialTestSchema, 'What it said') },
  },
)

const versions = protectedRoute(
  { permission: 'credentials:read' },
  {
    method: 'get',
    path: '/v1/credentials/{id}/versions',
    tags,
    summary: 'List the versions of a credential by their hints, newest first',
    request: { params: idParamsSchema, query: pageQuerySchema },
    responses: { 200: json(pageSchema(credentialVersionSchema), 'One page of versions') },
  },
)

const revokeOne = protectedRoute(
  { permission: 'credentials:write', codes: ['credential.managed'] },
  {
    method: 'post',
    path: '/v1/credentials/{id}/versions/{version}/revoke',
    tags,
    summary: 'End one version at once, in running sessions too; twice answers the same',
    request: { params: versionParamsSchema, body: { ...jsonBody(noBodySchema), required: false } },
    responses: { 200: json(credentialVersionSchema, 'The revoked version') },
  },
)

const openings = protectedRoute(
  { permission: 'credentials:read' },
  {
    method: 'get',
    path: '/v1/credentials/{id}/openings',
    tags,
    summary: 'List which sessions and tests opened a credential, newest first',
    request: { params: idParamsSchema, query: pageQuerySchema },
    responses: { 200: json(pageSchema(credentialOpeningSchema), 'One page of openings') },
  },
)

export function credentialRoutes(deps: CredentialDependencies) {
  const app = apiRouter()
  addReading(app, deps)
  addMaking(app, deps)
  addTest(app, deps)
  addEnding(app, deps)
  return app
}

function addReading(app: ReturnType<typeof apiRouter>, deps: CredentialDependencies): void {
  app.openapi(list, async (context) => {
    const { cursor, limit } = context.req.valid('query')
    const page = { cursor: readCursor(cursor), limit }
    const rows = await deps.database.withWorkspace(context.get('principal').scope, (tx) => listCredentials(tx, page))
    return context.json(pageOf(rows, limit, renderCredential), 200)
  })
  app.openapi(read, async (context) => {
    const id = pathId('credential', context.req.valid('param').id)
    const row = await deps.database.withWorkspace(context.get('principal').scope, (tx) => present(tx, id))
    return context.json(renderCredential(row), 200)
  })
  app.openapi(versions, async (context) => {
    const id = pathId('credential', context.req.valid('param').id)
    const { cursor, limit } = context.req.valid('query')
    const before = readVersionCursor(cursor)
    const nowMs = deps.clock.nowMs()
    const page = await deps.database.withWorkspace(context.get('principal').scope, async (tx) => {
      const { version } = await present(tx, id)
      const rows = await listVersions(tx, { credentialId: id, before, limit })
      return pageOf(rows, limit, (row) => renderVersion(row, { id, version, nowMs }))
    })
    return context.json(page, 200)
  })
  app.openapi(openings, async (context) => {
    const id = pathId('credential', context.req.valid('param').id)
    const { cursor: text, limit } = context.req.valid('query')
    const cursor = readCursor(text)
    const page = await deps.database.withWorkspace(context.get('principal').scope, async (tx) => {
      await present(tx, id)
      return pageOf(await listOpenings(tx, { credentialId: id, cursor, limit }), limit, renderOpening)
    })
    return context.json(page, 200)
  })
}

function addMaking(app: ReturnType<typeof apiRouter>, deps: CredentialDependencies): void {
  app.openapi(create, async (context) => {
    const body = context.req.valid('json')
    const { principal, ...request } = caller(context)
    // Before the transaction, which would hold a connection while DNS is asked.
    if (body.base_url !== undefined) await checkTarget(deps, { scope: principal.scope, url: body.base_url })
    // And while a key service is.
    const sealed = await sealProviderKey(deps, principal.scope.workspaceId, body)
    const answer = await deps.mutations.run({
      ...request,
      principal,
      route: 'POST /v1/credentials',
      status: 201,
      input: body,
      work: (tx) => createCredential(tx, { ...sealed, principal, credential: body }),
      read: async (tx, id) => renderCredential(await present(tx, id)),
    })
    return context.json(answer, 201)
  })
  app.openapi(rotate, async (context) => {
    const id = pathId('credential', context.req.valid('param').id)
    const body = context.req.valid('json')
    const { principal, ...request } = caller(context)
    const answer = await deps.mutations.run({
      ...request,
      principal,
      route: 'POST /v1/credentials/{id}/rotate',
      status: 201,
      input: { id, body },
      work: async (tx) => versionId(await rotateCredential(tx, { ...deps, principal, id, body })),
      read: (tx, made) => readVersion(tx, deps, { id, version: versionNumber(made) }),
    })
    return context.json(answer, 201)
  })
}

function addEnding(app: ReturnType<typeof apiRouter>, deps: CredentialDependencies): void {
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
  app.openapi(revoke, async (context) => {
    const id = pathId('credential', context.req.valid('param').id)
    const { principal, ...request } = caller(context)
    const answer = await deps.mutations.run({
      ...request,
      principal,
      route: 'POST /v1/credentials/{id}/revoke',
      input: { id },
      work: async (tx) => {
        await revokeCredential(tx, { ...deps, principal, id })
        return id
      },
      read: async (tx) => renderCredential(await present(tx, id)),
    })
    return context.json(answer, 200)
  })
  app.openapi(revokeOne, async (context) => {
    const { id: idText, version: text } = context.req.valid('param')
    const id = pathId('credential', idText)
    const version = pathVersion(text)
    const { principal, ...request } = caller(context)
    const answer = await deps.mutations.run({
      ...request,
      principal,
      route: 'POST /v1/credentials/{id}/versions/{version}/revoke',
      input: { id, version: text },
      work: async (tx) => {
        await present(tx, id)
        if (version === undefined) throw notFound('version of this credential')
        await revokeCredential(tx, { ...deps, principal, id, version })
        return id
      },
      read: (tx) => readVersion(tx, deps, { id, version }),
    })
    return context.json(answer, 200)
  })
}

/** Nothing of it is kept under an Idempotency-Key: a repeat asks the provider again, and is another event. */
function addTest(app: ReturnType<typeof apiRouter>, deps: CredentialDependencies): void {
  app.openapi(test, async (context) => {
    const id = pathId('credential', context.req.valid('param').id)
    const { principal, request } = caller(context)
    const tested = await testCredential(deps, { scope: principal.scope, id })
    await deps.mutations.run({
      principal,
      request,
      route: 'POST /v1/credentials/{id}/test',
      idempotencyKey: undefined,
      input: { id },
      work: async (tx) => {
        await recordTest(tx, { ...deps, id, ...tested })
        return null
      },
      read: async () => undefined,
    })
    return context.json(tested.verdict, 200)
  })
}

async function present(tx: WorkspaceTx, id: Uuid): Promise<CredentialRow> {
  const row = await findCredential(tx, id)
  if (row === undefined) throw notFound('credential')
  return row
}

async function readVersion(
  tx: WorkspaceTx,
  { clock }: Pick<CredentialDependencies, 'clock'>,
  { id, version }: { id: Uuid; version: number | undefined },
) {
  const credential = await present(tx, id)
  const before = (version ?? 0) + 1
  const [row] = await listVersions(tx, { credentialId: id, before, limit: 0 })
  if (row?.version !== version || row === undefined) throw notFound('version of this credential')
  return renderVersion(row, { id, version: credential.version, nowMs: clock.nowMs() })
}
