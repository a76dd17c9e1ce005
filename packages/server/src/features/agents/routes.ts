import {
  agentSchema,
  agentSummarySchema,
  agentToolServersSchema,
  agentVersionSchema,
  createAgentSchema,
  diffQuerySchema,
  documentDiffSchema,
  pageQuerySchema,
  pageSchema,
  publishAgentSchema,
  rollBackAgentSchema,
  type Uuid,
  updateAgentSchema,
} from '@hyponema/contract'
import { allowedAgents, requireAgentAllowed } from '../../guards/agent-allowed.ts'
import type { Mutations } from '../../guards/mutations.ts'
import { apiRouter, caller, json, jsonBody, protectedRoute } from '../../guards/protected-route.ts'
import { AppError } from '../../kernel/app-error.ts'
import type { Clock } from '../../kernel/clock.ts'
import { pageOf, readCursor } from '../../kernel/cursor.ts'
import type { NewId } from '../../kernel/new-id.ts'
import { idParamsSchema, notFound, pathId } from '../../kernel/path-id.ts'
import type { Principal } from '../../kernel/principal.ts'
import { renderDiff } from '../../kernel/render-diff.ts'
import { readVersionCursor, versionId, versionNumber } from '../../kernel/version-id.ts'
import type { CredentialSealer } from '../../platform/crypto/credential-sealer.ts'
import type { OutboundDoor } from '../../platform/outbound/outbound-door.ts'
import type { Database } from '../../platform/postgres/database.ts'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'
import { findToolPins, judgeServer, readServers, renderServers } from '../tools/public.ts'
import { checkTargets } from './check-targets.ts'
import { checkTools } from './check-tools.ts'
import { createAgent } from './create-agent.ts'
import { publishAgent } from './publish-agent.ts'
import { renderAgent, renderAgentSummary, renderAgentVersion } from './render-agent.ts'
import { rollBackAgent } from './roll-back-agent.ts'
import { type AgentRow, findAgent, findVersion, listAgents, listVersions } from './store.ts'
import { updateAgent } from './update-agent.ts'

export type AgentDependencies = {
  readonly database: Database
  readonly mutations: Mutations
  readonly clock: Clock
  readonly newId: NewId
  readonly door: Pick<OutboundDoor, 'judge' | 'isOpened' | 'fetch'>
  readonly sealer: CredentialSealer
}

const tags = ['agents']

const idempotency = ['idempotency.mismatch', 'idempotency.in_progress'] as const

const create = protectedRoute(
  {
    permission: 'agents:write',
    codes: [
      'api_key.agent_refused',
      'outbound.address_refused',
      'credential.address_mismatch',
      'knowledge.missing',
      ...idempotency,
    ],
  },
  {
    method: 'post',
    path: '/v1/agents',
    tags,
    summary: 'Create an agent with a draft',
    request: { body: jsonBody(createAgentSchema) },
    responses: { 201: json(agentSchema, 'The agent') },
  },
)

const list = protectedRoute(
  { permission: 'agents:read' },
  {
    method: 'get',
    path: '/v1/agents',
    tags,
    summary: 'List agents, newest first',
    request: { query: pageQuerySchema },
    responses: { 200: json(pageSchema(agentSummarySchema), 'One page of agents without their drafts') },
  },
)

const read = protectedRoute(
  { permission: 'agents:read', codes: ['request.not_found'] },
  {
    method: 'get',
    path: '/v1/agents/{id}',
    tags,
    summary: 'Read an agent and its draft',
    request: { params: idParamsSchema },
    responses: { 200: json(agentSchema, 'The agent') },
  },
)

const update = protectedRoute(
  {
    permission: 'agents:write',
    codes: [
      'request.not_found',
      'request.conflict',
      'outbound.address_refused',
      'credential.address_mismatch',
      'knowledge.missing',
      ...idempotency,
    ],
  },
  {
    method: 'patch',
    path: '/v1/agents/{id}',
    tags,
    summary: 'Change name or draft; what is published stays',
    request: { params: idParamsSchema, body: jsonBody(updateAgentSchema) },
    responses: { 200: json(agentSchema, 'The agent as it is now') },
  },
)

const publish = protectedRoute(
  {
    permission: 'agents:write',
    codes: [
      'request.not_found',
      'policy.does_not_compile',
      'policy.tests_failed',
      'agent.launch_gate',
      'tool.changed',
      'tool.unreachable',
      'tool.unusable',
      'credential.revoked',
      'credential.missing',
      'credential.kind_mismatch',
      'outbound.address_refused',
      'credential.address_mismatch',
      'knowledge.missing',
      'knowledge.not_ready',
      ...idempotency,
    ],
  },
  {
    method: 'post',
    path: '/v1/agents/{id}/publish',
    tags,
    summary: 'Publish the draft as the next immutable version',
    request: { params: idParamsSchema, body: { ...jsonBody(publishAgentSchema), required: false } },
    responses: { 201: json(agentVersionSchema, 'The version, now current') },
  },
)

const rollBack = protectedRoute(
  {
    permission: 'agents:write',
    codes: [
      'request.not_found',
      'agent.version_not_found',
      'policy.does_not_compile',
      'agent.launch_gate',
      'credential.missing',
      'credential.kind_mismatch',
      'credential.address_mismatch',
      ...idempotency,
    ],
  },
  {
    method: 'post',
    path: '/v1/agents/{id}/rollback',
    tags,
    summary: 'Make an earlier version current; live sessions keep theirs',
    request: { params: idParamsSchema, body: jsonBody(rollBackAgentSchema) },
    responses: { 200: json(agentVersionSchema, 'The version, now current') },
  },
)

const versions = protectedRoute(
  { permission: 'agents:read', codes: ['request.not_found'] },
  {
    method: 'get',
    path: '/v1/agents/{id}/versions',
    tags,
    summary: 'List published versions, newest first',
    request: { params: idParamsSchema, query: pageQuerySchema },
    responses: { 200: json(pageSchema(agentVersionSchema), 'One page of versions') },
  },
)

const diff = protectedRoute(
  { permission: 'agents:read', codes: ['request.not_found', 'agent.version_not_found'] },
  {
    method: 'get',
    path: '/v1/agents/{id}/diff',
    tags,
    summary: 'Compare two versions, or a version and the draft, entry by entry',
    request: { params: idParamsSchema, query: diffQuerySchema },
    responses: { 200: json(documentDiffSchema, 'What was added, removed and changed') },
  },
)

const tools = protectedRoute(
  {
    permission: 'agents:write',
    codes: [
      'request.not_found',
      'credential.missing',
      'credential.kind_mismatch',
      'credential.address_mismatch',
      'credential.revoked',
    ],
  },
  {
    method: 'get',
    path: '/v1/agents/{id}/tools',
    tags,
    summary: 'Ask the MCP servers of the draft for their tools, and compare with what is published',
    request: { params: idParamsSchema },
    responses: { 200: json(agentToolServersSchema, 'What each server says now; its words are not ours') },
  },
)

export function agentRoutes(deps: AgentDependencies) {
  const app = apiRouter()
  addDrafts(app, deps)
  addVersions(app, deps)
  addTools(app, deps)
  return app
}

function addDrafts(app: ReturnType<typeof apiRouter>, deps: AgentDependencies): void {
  const isOpened = (url: string): boolean => deps.door.isOpened(url)
  app.openapi(create, async (context) => {
    const body = context.req.valid('json')
    const { principal, ...request } = caller(context)
    checkTools(body.document, '/document')
    await checkTargets(deps, { scope: principal.scope, document: body.document, below: '/document' })
    const answer = await deps.mutations.run({
      ...request,
      principal,
      route: 'POST /v1/agents',
      status: 201,
      input: body,
      work: (tx) =>
        createAgent(tx, { principal, newId: deps.newId, name: body.name, document: body.document, isOpened }),
      read: async (tx, id) => renderAgent(await readAgent(tx, principal, id)),
    })
    return context.json(answer, 201)
  })
  app.openapi(list, async (context) => {
    const { cursor, limit } = context.req.valid('query')
    const principal = context.get('principal')
    const page = { cursor: readCursor(cursor), limit, only: allowedAgents(principal) }
    const rows = await deps.database.withWorkspace(principal.scope, (tx) => listAgents(tx, page))
    return context.json(pageOf(rows, limit, renderAgentSummary), 200)
  })
  app.openapi(read, async (context) => {
    const id = pathId('agent', context.req.valid('param').id)
    const principal = context.get('principal')
    const row = await deps.database.withWorkspace(principal.scope, (tx) => readAgent(tx, principal, id))
    return context.json(renderAgent(row), 200)
  })
  app.openapi(update, async (context) => {
    const id = pathId('agent', context.req.valid('param').id)
    const body = context.req.valid('json')
    const { principal, ...request } = caller(context)
    if (body.document !== undefined) {
      checkTools(body.document, '/document')
      await checkTargets(deps, { scope: principal.scope, document: body.document, below: '/document' })
    }
    const answer = await deps.mutations.run({
      ...request,
      principal,
      route: 'PATCH /v1/agents/{id}',
      input: { id, body },
      work: async (tx) => {
        const { name, document, draft_revision: draftRevision } = body
        await updateAgent(tx, { principal, clock: deps.clock, id, name, document, draftRevision, isOpened })
        return id
      },
      read: async (tx) => renderAgent(await readAgent(tx, principal, id)),
    })
    return context.json(answer, 200)
  })
}

function addVersions(app: ReturnType<typeof apiRouter>, deps: AgentDependencies): void {
  const isOpened = (url: string): boolean => deps.door.isOpened(url)
  app.openapi(publish, async (context) => {
    const id = pathId('agent', context.req.valid('param').id)
    const body = context.req.valid('json')
    const { principal, ...request } = caller(context)
    const { draft } = await deps.database.withWorkspace(principal.scope, (tx) => readAgent(tx, principal, id))
    checkTools(draft, '')
    const { scope } = principal
    const judged = await checkTargets(deps, { scope, document: draft, below: '' })
    const readings = await readServers(deps, { scope, document: draft })
    const input = { principal, clock: deps.clock, id, note: body?.note, judged, isOpened, readings }
    const answer = await deps.mutations.run({
      ...request,
      principal,
      route: 'POST /v1/agents/{id}/publish',
      status: 201,
      input: { id, body },
      work: async (tx) => versionId(await publishAgent(tx, { ...input, approvedTools: body?.approved_tools ?? [] })),
      read: (tx, made) => readVersion(tx, principal, { id, version: versionNumber(made) }),
    })
    return context.json(answer, 201)
  })
  app.openapi(rollBack, async (context) => {
    const id = pathId('agent', context.req.valid('param').id)
    const body = context.req.valid('json')
    const { principal, ...request } = caller(context)
    const answer = await deps.mutations.run({
      ...request,
      principal,
      route: 'POST /v1/agents/{id}/rollback',
      input: { id, body },
      work: async (tx) => {
        const { version, reason } = body
        await rollBackAgent(tx, { principal, clock: deps.clock, id, version, reason, isOpened })
        return versionId(body.version)
      },
      read: (tx, made) => readVersion(tx, principal, { id, version: versionNumber(made) }),
    })
    return context.json(answer, 200)
  })
  app.openapi(versions, async (context) => {
    const id = pathId('agent', context.req.valid('param').id)
    const { cursor, limit } = context.req.valid('query')
    const before = readVersionCursor(cursor)
    const principal = context.get('principal')
    const page = await deps.database.withWorkspace(principal.scope, async (tx) => {
      const agent = await readAgent(tx, principal, id)
      const rows = await listVersions(tx, { agentId: id, before, limit })
      return pageOf(rows, limit, (row) => renderAgentVersion(row, agent.publishedVersion))
    })
    return context.json(page, 200)
  })
  app.openapi(diff, async (context) => {
    const id = pathId('agent', context.req.valid('param').id)
    const asked = context.req.valid('query')
    const principal = context.get('principal')
    const answer = await deps.database.withWorkspace(principal.scope, async (tx) => {
      const agent = await readAgent(tx, principal, id)
      const from = await sideOf(tx, agent, asked.from ?? agent.publishedVersion ?? 'draft')
      return renderDiff(from, await sideOf(tx, agent, asked.to))
    })
    return context.json(answer, 200)
  })
}

function addTools(app: ReturnType<typeof apiRouter>, deps: AgentDependencies): void {
  app.openapi(tools, async (context) => {
    const id = pathId('agent', context.req.valid('param').id)
    const principal = context.get('principal')
    const { scope } = principal
    const { draft, pins } = await deps.database.withWorkspace(scope, async (tx) => {
      const { draft: document, publishedVersion: version } = await readAgent(tx, principal, id)
      return { draft: document, pins: version === null ? [] : await findToolPins(tx, { agentId: id, version }) }
    })
    const readings = await readServers(deps, { scope, document: draft })
    const judged = readings.map((reading) => judgeServer(reading, pins))
    return context.json(renderServers(draft.tools, judged), 200)
  })
}

async function readAgent(tx: WorkspaceTx, principal: Principal, id: Uuid) {
  requireAgentAllowed(principal, id)
  const row = await findAgent(tx, id)
  if (row === undefined) throw notFound('agent')
  return row
}

async function sideOf(tx: WorkspaceTx, agent: AgentRow, name: number | 'draft') {
  if (name === 'draft') return { name, document: agent.draft }
  const version = await findVersion(tx, agent.id, name)
  if (version === undefined) throw new AppError('agent.version_not_found', `no version ${name}`)
  return { name, document: version.document }
}

/** The version that a request made or chose; a repeat finds the same one, whatever is current by then. */
async function readVersion(tx: WorkspaceTx, principal: Principal, place: { id: Uuid; version: number | undefined }) {
  const agent = await readAgent(tx, principal, place.id)
  const version = place.version === undefined ? undefined : await findVersion(tx, place.id, place.version)
  if (version === undefined) throw notFound('agent version')
  return renderAgentVersion(version, agent.publishedVersion)
}
