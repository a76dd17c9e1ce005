import { encodeId, updateWorkspaceSchema, workspaceSchema } from '@hyponema/contract'
import type { z } from 'zod'
import type { Mutations } from '../../guards/mutations.ts'
import { apiRouter, caller, json, jsonBody, protectedRoute } from '../../guards/protected-route.ts'
import type { Clock } from '../../kernel/clock.ts'
import { notFound } from '../../kernel/path-id.ts'
import type { Database } from '../../platform/postgres/database.ts'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'
import { countLiveSessions, readUsage } from '../sessions/public.ts'
import { readSettings } from './read-settings.ts'
import { findWorkspace } from './store.ts'
import { updateOutboundHosts } from './update-outbound-hosts.ts'

export type WorkspaceDependencies = {
  readonly database: Pick<Database, 'withWorkspace'>
  readonly mutations: Mutations
  readonly clock: Clock
}

const tags = ['workspaces']
const path = '/v1/workspaces/current'

const read = protectedRoute(
  { permission: 'workspaces:read', codes: ['request.not_found'] },
  {
    method: 'get',
    path,
    tags,
    summary: 'Read the workspace of the credential: its limits, and what it has used of them',
    responses: { 200: json(workspaceSchema, 'The workspace') },
  },
)

const update = protectedRoute(
  { permission: 'workspaces:write', codes: ['request.not_found'] },
  {
    method: 'patch',
    path,
    tags,
    summary: 'Narrow where calls of the workspace may go; null takes the list away',
    request: { body: jsonBody(updateWorkspaceSchema) },
    responses: { 200: json(workspaceSchema, 'The workspace as it is now') },
  },
)

export function workspaceRoutes(deps: WorkspaceDependencies) {
  const app = apiRouter()
  app.openapi(read, async (context) => {
    const { scope } = context.get('principal')
    return context.json(await deps.database.withWorkspace(scope, (tx) => readWorkspace(tx, deps.clock)), 200)
  })
  app.openapi(update, async (context) => {
    const body = context.req.valid('json')
    const answer = await deps.mutations.run({
      ...caller(context),
      route: 'PATCH /v1/workspaces/current',
      input: body,
      work: async (tx) => {
        await updateOutboundHosts(tx, body.outbound_hosts)
        return null
      },
      read: (tx) => readWorkspace(tx, deps.clock),
    })
    return context.json(answer, 200)
  })
  return app
}

async function readWorkspace(tx: WorkspaceTx, clock: Clock): Promise<z.infer<typeof workspaceSchema>> {
  const row = await findWorkspace(tx)
  if (row === undefined) throw notFound('workspace')
  const { limits, outboundHosts } = readSettings(row.settings)
  return {
    id: encodeId('workspace', tx.workspaceId),
    name: row.name,
    limits,
    outbound_hosts: outboundHosts === null ? null : [...outboundHosts],
    live_sessions: await countLiveSessions(tx),
    used_today: await readUsage(tx, clock.nowMs()),
    created_at: row.createdAt.toISOString(),
  }
}
