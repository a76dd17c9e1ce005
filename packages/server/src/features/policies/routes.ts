import {
  checkPolicySchema,
  createPolicySchema,
  diffQuerySchema,
  documentDiffSchema,
  pageQuerySchema,
  pageSchema,
  policyCheckSchema,
  policySchema,
  policySummarySchema,
  policyVersionSchema,
  publishPolicySchema,
  rollBackPolicySchema,
  shadowPolicySchema,
  type Uuid,
  updatePolicySchema,
} from '@hyponema/contract'
import { z } from 'zod'
import { callerOfEveryAgent } from '../../guards/caller-of-every-agent.ts'
import { apiRouter, json, jsonBody, protectedRoute } from '../../guards/protected-route.ts'
import { AppError } from '../../kernel/app-error.ts'
import type { Clock } from '../../kernel/clock.ts'
import { pageOf, readCursor } from '../../kernel/cursor.ts'
import type { NewId } from '../../kernel/new-id.ts'
import { idParamsSchema, notFound, pathId } from '../../kernel/path-id.ts'
import { renderDiff } from '../../kernel/render-diff.ts'
import { pathVersion, readVersionCursor, versionId, versionNumber } from '../../kernel/version-id.ts'
import type { Database } from '../../platform/postgres/database.ts'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'
import type { AgentDirectory } from './check-agents.ts'
import { checkPolicy } from './check-policy.ts'
import { createPolicy } from './create-policy.ts'
import { deletePolicy } from './delete-policy.ts'
import { findInstallationLayer } from './find-layers.ts'
import { publishPolicy } from './publish-policy.ts'
import { emptyDocument, readDocument } from './read-document.ts'
import { readLibrary } from './read-library.ts'
import { renderPolicy, renderPolicySummary, renderPolicyVersion } from './render-policy.ts'
import { addReplay, type ReplayDependencies } from './replay-routes.ts'
import { rollBackPolicy } from './roll-back-policy.ts'
import { startShadow } from './start-shadow.ts'
import { findPolicy, findPolicyVersion, listPolicies, listPolicyVersions, type PolicyRow } from './store.ts'
import { updatePolicy } from './update-policy.ts'

export type PolicyDependencies = ReplayDependencies & {
  readonly database: Database
  readonly clock: Clock
  readonly newId: NewId
  readonly directory: AgentDirectory
}

const tags = ['policies']
const limited = 'api_key.agent_refused'
const written = [limited, 'idempotency.mismatch', 'idempotency.in_progress'] as const
/** What is in force, or whom it holds, is to change. */
const inForce = ['request.not_found', 'policy.does_not_compile', 'policy.busy', 'agent.launch_gate'] as const
const onePolicy = '/v1/policies/{id}'

const create = protectedRoute(
  { permission: 'policies:write', codes: ['policy.name_taken', 'policy.too_many', ...written] },
  {
    method: 'post',
    path: '/v1/policies',
    tags,
    summary: 'Create a policy with a draft; nothing comes into force yet',
    request: { body: jsonBody(createPolicySchema) },
    responses: { 201: json(policySchema, 'The policy, with warnings about its draft') },
  },
)

const list = protectedRoute(
  { permission: 'policies:read', codes: [limited] },
  {
    method: 'get',
    path: '/v1/policies',
    tags,
    summary: 'List policies, newest first',
    request: { query: pageQuerySchema },
    responses: { 200: json(pageSchema(policySummarySchema), 'One page of policies without their drafts') },
  },
)

const read = protectedRoute(
  { permission: 'policies:read', codes: ['request.not_found', limited] },
  {
    method: 'get',
    path: onePolicy,
    tags,
    summary: 'Read a policy and its draft',
    request: { params: idParamsSchema },
    responses: { 200: json(policySchema, 'The policy, with warnings about its draft') },
  },
)

const update = protectedRoute(
  { permission: 'policies:write', codes: ['request.conflict', ...inForce, ...written] },
  {
    method: 'patch',
    path: onePolicy,
    tags,
    summary: 'Change the draft, or, with immediate effect, which agents the policy holds; what is published stays',
    request: { params: idParamsSchema, body: jsonBody(updatePolicySchema) },
    responses: { 200: json(policySchema, 'The policy as it is now, with warnings about its draft') },
  },
)

const remove = protectedRoute(
  { permission: 'policies:write', codes: ['request.not_found', 'policy.in_force', ...written] },
  {
    method: 'delete',
    path: onePolicy,
    tags,
    summary: 'Delete a policy that is neither in force nor in shadow; its versions stay as evidence',
    request: { params: idParamsSchema },
    responses: { 204: { description: 'It is gone, and its name is free' } },
  },
)

const publish = protectedRoute(
  { permission: 'policies:write', codes: ['policy.tests_failed', ...inForce, ...written] },
  {
    method: 'post',
    path: `${onePolicy}/publish`,
    tags,
    summary: 'Publish the draft as the next immutable version and put it in force',
    request: { params: idParamsSchema, body: { ...jsonBody(publishPolicySchema), required: false } },
    responses: { 201: json(policyVersionSchema, 'The version, now in force') },
  },
)

const rollBack = protectedRoute(
  { permission: 'policies:write', codes: ['policy.version_not_found', ...inForce, ...written] },
  {
    method: 'post',
    path: `${onePolicy}/rollback`,
    tags,
    summary: 'Put an earlier version in force, or none; live sessions keep theirs but for floors',
    request: { params: idParamsSchema, body: jsonBody(rollBackPolicySchema) },
    responses: { 200: json(policySchema, 'The policy as it is now') },
  },
)

const shadow = protectedRoute(
  { permission: 'policies:write', codes: ['request.not_found', 'policy.version_not_found', ...written] },
  {
    method: 'post',
    path: `${onePolicy}/shadow`,
    tags,
    summary: 'Let a version decide in shadow, beside what is in force, for a share of the sessions and without effect',
    request: { params: idParamsSchema, body: jsonBody(shadowPolicySchema) },
    responses: { 200: json(policySchema, 'The policy as it is now') },
  },
)

const check = protectedRoute(
  { permission: 'policies:read', codes: ['request.not_found', 'policy.busy', limited] },
  {
    method: 'post',
    path: `${onePolicy}/check`,
    tags,
    summary: 'Lint, compile and test a document, or the draft, without saving anything',
    request: { params: idParamsSchema, body: { ...jsonBody(checkPolicySchema), required: false } },
    responses: { 200: json(policyCheckSchema, 'What was found') },
  },
)

const versions = protectedRoute(
  { permission: 'policies:read', codes: ['request.not_found', limited] },
  {
    method: 'get',
    path: `${onePolicy}/versions`,
    tags,
    summary: 'List published versions, newest first',
    request: { params: idParamsSchema, query: pageQuerySchema },
    responses: { 200: json(pageSchema(policyVersionSchema), 'One page of versions') },
  },
)

const oneVersion = protectedRoute(
  { permission: 'policies:read', codes: ['request.not_found', limited] },
  {
    method: 'get',
    path: `${onePolicy}/versions/{version}`,
    tags,
    summary: 'Read one published version',
    request: { params: z.object({ id: z.string(), version: z.string() }) },
    responses: { 200: json(policyVersionSchema, 'The version') },
  },
)

const diff = protectedRoute(
  { permission: 'policies:read', codes: ['request.not_found', 'policy.version_not_found', limited] },
  {
    method: 'get',
    path: `${onePolicy}/diff`,
    tags,
    summary: 'Compare two versions, or a version and the draft, rule by rule',
    request: { params: idParamsSchema, query: diffQuerySchema },
    responses: { 200: json(documentDiffSchema, 'What was added, removed and changed') },
  },
)

export function policyRoutes(deps: PolicyDependencies) {
  const app = apiRouter()
  addDrafts(app, deps)
  addActs(app, deps)
  addReadings(app, deps)
  addReplay(app, deps)
  return app
}

function addDrafts(app: ReturnType<typeof apiRouter>, deps: PolicyDependencies): void {
  const { newId, directory, clock } = deps
  app.openapi(create, async (context) => {
    const body = context.req.valid('json')
    const called = callerOfEveryAgent(context)
    const { name, agents } = body
    const text = body.from === undefined ? body.text : await readLibrary(body.from)
    const document = readDocument({ document: body.document, text }) ?? emptyDocument
    const answer = await deps.mutations.run({
      ...called,
      route: 'POST /v1/policies',
      status: 201,
      input: body,
      work: (tx) => createPolicy(tx, { newId, name, document, agents, directory }),
      read: async (tx, id) => renderPolicy(await readPolicy(tx, id)),
    })
    return context.json(answer, 201)
  })
  app.openapi(update, async (context) => {
    const id = pathId('policy', context.req.valid('param').id)
    const body = context.req.valid('json')
    const called = callerOfEveryAgent(context)
    const change = { document: readDocument(body), agents: body.agents, draftRevision: body.draft_revision }
    const answer = await deps.mutations.run({
      ...called,
      route: 'PATCH /v1/policies/{id}',
      input: { id, body },
      work: async (tx) => {
        await updatePolicy(tx, { clock, directory, id, ...change })
        return id
      },
      read: async (tx) => renderPolicy(await readPolicy(tx, id)),
    })
    return context.json(answer, 200)
  })
  app.openapi(remove, async (context) => {
    const id = pathId('policy', context.req.valid('param').id)
    await deps.mutations.run({
      ...callerOfEveryAgent(context),
      route: 'DELETE /v1/policies/{id}',
      status: 204,
      input: { id },
      work: async (tx) => {
        await deletePolicy(tx, { clock, id })
        return null
      },
      read: () => Promise.resolve(undefined),
    })
    return context.body(null, 204)
  })
}

function addActs(app: ReturnType<typeof apiRouter>, deps: PolicyDependencies): void {
  const { directory, clock } = deps
  app.openapi(publish, async (context) => {
    const id = pathId('policy', context.req.valid('param').id)
    const body = context.req.valid('json')
    const called = callerOfEveryAgent(context)
    const input = { principal: called.principal, clock, id, note: body?.note, directory }
    const answer = await deps.mutations.run({
      ...called,
      route: 'POST /v1/policies/{id}/publish',
      status: 201,
      input: { id, body },
      work: async (tx) => versionId(await publishPolicy(tx, input)),
      read: (tx, made) => readVersion(tx, id, versionNumber(made)),
    })
    return context.json(answer, 201)
  })
  app.openapi(rollBack, async (context) => {
    const id = pathId('policy', context.req.valid('param').id)
    const body = context.req.valid('json')
    const { version, reason } = body
    const answer = await deps.mutations.run({
      ...callerOfEveryAgent(context),
      route: 'POST /v1/policies/{id}/rollback',
      input: { id, body },
      work: async (tx) => {
        await rollBackPolicy(tx, { clock, id, version, reason, directory })
        return id
      },
      read: async (tx) => renderPolicy(await readPolicy(tx, id)),
    })
    return context.json(answer, 200)
  })
  app.openapi(shadow, async (context) => {
    const id = pathId('policy', context.req.valid('param').id)
    const body = context.req.valid('json')
    const { version, share } = body
    const answer = await deps.mutations.run({
      ...callerOfEveryAgent(context),
      route: 'POST /v1/policies/{id}/shadow',
      input: { id, body },
      work: async (tx) => {
        await startShadow(tx, { clock, id, version, share })
        return id
      },
      read: async (tx) => renderPolicy(await readPolicy(tx, id)),
    })
    return context.json(answer, 200)
  })
}

function addReadings(app: ReturnType<typeof apiRouter>, { database }: PolicyDependencies): void {
  app.openapi(list, async (context) => {
    const { cursor, limit } = context.req.valid('query')
    const { scope } = callerOfEveryAgent(context).principal
    const page = { cursor: readCursor(cursor), limit }
    const rows = await database.withWorkspace(scope, (tx) => listPolicies(tx, page))
    return context.json(pageOf(rows, limit, renderPolicySummary), 200)
  })
  app.openapi(read, async (context) => {
    const { scope } = callerOfEveryAgent(context).principal
    const id = pathId('policy', context.req.valid('param').id)
    const row = await database.withWorkspace(scope, (tx) => readPolicy(tx, id))
    return context.json(renderPolicy(row), 200)
  })
  app.openapi(check, async (context) => {
    const { scope } = callerOfEveryAgent(context).principal
    const id = pathId('policy', context.req.valid('param').id)
    const given = readDocument(context.req.valid('json') ?? {})
    const { row, above } = await database.withWorkspace(scope, async (tx) => ({
      row: await readPolicy(tx, id),
      above: await findInstallationLayer(tx),
    }))
    return context.json(await checkPolicy(given ?? row.draft, { name: row.name, above }), 200)
  })
  app.openapi(versions, async (context) => {
    const { scope } = callerOfEveryAgent(context).principal
    const id = pathId('policy', context.req.valid('param').id)
    const { cursor, limit } = context.req.valid('query')
    const before = readVersionCursor(cursor)
    const page = await database.withWorkspace(scope, async (tx) => {
      const { publishedVersion } = await readPolicy(tx, id)
      const rows = await listPolicyVersions(tx, { policyId: id, before, limit })
      return pageOf(rows, limit, (row) => renderPolicyVersion(row, publishedVersion))
    })
    return context.json(page, 200)
  })
  app.openapi(oneVersion, async (context) => {
    const { scope } = callerOfEveryAgent(context).principal
    const params = context.req.valid('param')
    const id = pathId('policy', params.id)
    const answer = await database.withWorkspace(scope, (tx) => readVersion(tx, id, pathVersion(params.version)))
    return context.json(answer, 200)
  })
  app.openapi(diff, async (context) => {
    const { scope } = callerOfEveryAgent(context).principal
    const id = pathId('policy', context.req.valid('param').id)
    const asked = context.req.valid('query')
    const answer = await database.withWorkspace(scope, async (tx) => {
      const row = await readPolicy(tx, id)
      const from = await sideOf(tx, row, asked.from ?? row.publishedVersion ?? 'draft')
      return renderDiff(from, await sideOf(tx, row, asked.to))
    })
    return context.json(answer, 200)
  })
}

async function sideOf(tx: WorkspaceTx, row: PolicyRow, name: number | 'draft') {
  if (name === 'draft') return { name, document: row.draft }
  const version = await findPolicyVersion(tx, row.id, name)
  if (version === undefined) throw new AppError('policy.version_not_found', `no version ${name}`)
  return { name, document: version.document }
}

async function readPolicy(tx: WorkspaceTx, id: Uuid): Promise<PolicyRow> {
  const row = await findPolicy(tx, id)
  if (row === undefined) throw notFound('policy')
  return row
}

/** The version that a request made or asked for; a repeat finds the same one, whatever is in force by then. */
async function readVersion(tx: WorkspaceTx, id: Uuid, number: number | undefined) {
  const policy = await readPolicy(tx, id)
  const version = number === undefined ? undefined : await findPolicyVersion(tx, id, number)
  if (version === undefined) throw notFound('policy version')
  return renderPolicyVersion(version, policy.publishedVersion)
}
