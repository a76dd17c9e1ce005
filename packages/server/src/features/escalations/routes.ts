import {
  encodeId,
  escalationMessageSchema,
  escalationSchema,
  escalationsQuerySchema,
  liveEscalationsPath,
  liveTicketSchema,
  pageSchema,
  resolveEscalationSchema,
  talkMessageSchema,
  talkSchema,
  type Uuid,
} from '@hyponema/contract'
import type { Context } from 'hono'
import { allowedAgents } from '../../guards/agent-allowed.ts'
import type { AuditedTx } from '../../guards/audited-transaction.ts'
import type { ContentKeys } from '../../guards/content-keys.ts'
import { issueLiveTicket } from '../../guards/live-ticket.ts'
import type { Mutations } from '../../guards/mutations.ts'
import { apiRouter, caller, json, jsonBody, protectedRoute } from '../../guards/protected-route.ts'
import type { Clock } from '../../kernel/clock.ts'
import { pageOf, readCursor } from '../../kernel/cursor.ts'
import type { NewId } from '../../kernel/new-id.ts'
import { idParamsSchema, pathId } from '../../kernel/path-id.ts'
import type { Principal } from '../../kernel/principal.ts'
import type { ApiEnv } from '../../kernel/request-context.ts'
import type { SigningKeys } from '../../platform/crypto/signing-keys.ts'
import type { Database } from '../../platform/postgres/database.ts'
import { claimEscalation } from './claim-escalation.ts'
import { readTalk } from './read-talk.ts'
import { releaseEscalation } from './release-escalation.ts'
import { renderEscalation } from './render-escalation.ts'
import { findReadable } from './require-claim.ts'
import { resolveEscalation, returnEscalation } from './resolve-escalation.ts'
import { listEscalations } from './store.ts'
import { writeMessage } from './write-message.ts'

export type EscalationDependencies = {
  readonly database: Pick<Database, 'withWorkspace'>
  readonly mutations: Mutations
  readonly contentKeys: ContentKeys
  readonly clock: Clock
  readonly newId: NewId
  readonly signingKeys: SigningKeys
  readonly publicOrigin: string
}

const tags = ['escalations']
const answers = { 200: json(escalationSchema, 'The escalation as it is now') }

const list = protectedRoute(
  { permission: 'escalations:read' },
  {
    method: 'get',
    path: '/v1/escalations',
    tags,
    summary: 'List those who wait for a person, the most urgent first, then the oldest',
    request: { query: escalationsQuerySchema },
    responses: { 200: json(pageSchema(escalationSchema), 'One page of escalations') },
  },
)

const read = protectedRoute(
  { permission: 'escalations:read' },
  {
    method: 'get',
    path: '/v1/escalations/{id}',
    tags,
    summary: 'Read an escalation, without the words of the talk',
    request: { params: idParamsSchema },
    responses: answers,
  },
)

const claim = act('claim', 'Take a session over; of two who do it at once, one gets it', ['session.not_live'])
const release = act('release', 'Give it back to the queue; the agent goes on until somebody takes it', [])
const giveBack = act('return', 'Give the talk back to the agent', [])

const resolve = protectedRoute(
  { permission: 'escalations:write', codes: ['escalation.claimed', 'escalation.resolved'] },
  {
    method: 'post',
    path: '/v1/escalations/{id}/resolve',
    tags,
    summary: 'Close it as handled or dismissed; the agent goes on',
    request: { params: idParamsSchema, body: jsonBody(resolveEscalationSchema) },
    responses: answers,
  },
)

const refusals = ['escalation.claimed', 'escalation.not_claimed', 'escalation.resolved'] as const

const talk = protectedRoute(
  { permission: 'escalations:read', codes: refusals },
  {
    method: 'get',
    path: '/v1/escalations/{id}/messages',
    tags,
    summary: 'Read the talk so far, oldest first, as the one who has claimed it',
    request: { params: idParamsSchema },
    responses: { 200: json(talkSchema, 'What was said, and what waits to be said') },
  },
)

const send = protectedRoute(
  { permission: 'escalations:write', codes: [...refusals, 'session.not_live', 'escalation.too_many_messages'] },
  {
    method: 'post',
    path: '/v1/escalations/{id}/messages',
    tags,
    summary: 'Say something to the person; it is written or spoken, and only noted by the rules',
    request: { params: idParamsSchema, body: jsonBody(escalationMessageSchema) },
    responses: { 201: json(talkMessageSchema, 'The message, which waits to be said') },
  },
)

const ticket = protectedRoute(
  { permission: 'escalations:read' },
  {
    method: 'post',
    path: '/v1/escalations/live-tickets',
    tags,
    summary: 'Get a ticket that opens the live socket once, within 30 seconds',
    responses: { 201: json(liveTicketSchema, 'The ticket and where it is used') },
  },
)

function act<const Verb extends string>(verb: Verb, summary: string, codes: readonly 'session.not_live'[]) {
  return protectedRoute(
    {
      permission: 'escalations:write',
      codes: ['escalation.claimed', 'escalation.not_claimed', 'escalation.resolved', ...codes],
    },
    {
      method: 'post',
      path: `/v1/escalations/{id}/${verb}`,
      tags,
      summary,
      request: { params: idParamsSchema },
      responses: answers,
    },
  )
}

export function escalationRoutes(deps: EscalationDependencies) {
  const app = apiRouter()
  addReading(app, deps)
  addTalking(app, deps)
  addLive(app, deps)
  app.openapi(claim, async (context) =>
    context.json(await change(deps, context, { verb: 'claim', work: claimEscalation }), 200),
  )
  app.openapi(release, async (context) =>
    context.json(await change(deps, context, { verb: 'release', work: releaseEscalation }), 200),
  )
  app.openapi(giveBack, async (context) =>
    context.json(await change(deps, context, { verb: 'return', work: returnEscalation }), 200),
  )
  app.openapi(resolve, async (context) => {
    const { outcome } = context.req.valid('json')
    const work: Work = (tx, input) => resolveEscalation(tx, { ...input, outcome })
    return context.json(await change(deps, context, { verb: 'resolve', work, body: { outcome } }), 200)
  })
  return app
}

function addReading(app: ReturnType<typeof apiRouter>, deps: EscalationDependencies): void {
  app.openapi(list, async (context) => {
    const { cursor, limit, state, queue } = context.req.valid('query')
    const { principal } = caller(context)
    const page = { cursor: readCursor(cursor), limit, state, queue, agents: allowedAgents(principal) }
    const rows = await deps.database.withWorkspace(principal.scope, (tx) => listEscalations(tx, page))
    return context.json(pageOf(rows, limit, renderEscalation), 200)
  })
  app.openapi(read, async (context) => {
    const id = pathId('escalation', context.req.valid('param').id)
    const { principal } = caller(context)
    const row = await deps.database.withWorkspace(principal.scope, (tx) => findReadable(tx, principal, id))
    return context.json(renderEscalation(row), 200)
  })
}

function addTalking(app: ReturnType<typeof apiRouter>, deps: EscalationDependencies): void {
  app.openapi(talk, async (context) => {
    const id = pathId('escalation', context.req.valid('param').id)
    const { principal } = caller(context)
    const input = { ...deps, principal, id }
    const { data = [] } = await deps.database.withWorkspace(principal.scope, (tx) => readTalk(tx, input))
    return context.json({ data: [...data] }, 200)
  })
  app.openapi(send, async (context) => {
    const id = pathId('escalation', context.req.valid('param').id)
    const { text } = context.req.valid('json')
    const called = caller(context)
    const messageId = await writeMessage(deps, called, { id, text })
    const answer = {
      id: encodeId('escalationMessage', messageId),
      role: 'operator' as const,
      text,
      is_delivered: false,
      created_at: new Date(deps.clock.nowMs()).toISOString(),
    }
    return context.json(answer, 201)
  })
}

function addLive(app: ReturnType<typeof apiRouter>, deps: EscalationDependencies): void {
  const { signingKeys: keys, clock, newId, mutations, publicOrigin } = deps
  app.openapi(ticket, async (context) => {
    const called = caller(context)
    const { principal } = called
    const issued = await mutations.run({
      ...called,
      route: 'POST /v1/escalations/live-tickets',
      status: 201,
      input: {},
      work: async (tx) => {
        const target = { kind: 'workspace' as const, id: principal.scope.workspaceId }
        await tx.audit({ action: 'escalation.watched', target })
        return newId()
      },
      // A repeat gets the same ticket again, which was used or not.
      read: (_tx, jti) => issueLiveTicket({ keys, clock, principal, jti }),
    })
    const ws_url = `${publicOrigin.replace(/^http/, 'ws')}${liveEscalationsPath}`
    return context.json({ ticket: issued.ticket, expires_at: issued.expiresAt.toISOString(), ws_url }, 201)
  })
}

type Work = (
  tx: AuditedTx,
  input: EscalationDependencies & { readonly principal: Principal; readonly id: Uuid },
) => Promise<void>

function change(
  deps: EscalationDependencies,
  context: Context<ApiEnv>,
  { verb, work, body = {} }: { verb: string; work: Work; body?: Readonly<Record<string, unknown>> },
) {
  const id = pathId('escalation', context.req.param('id') ?? '')
  const called = caller(context)
  const { principal } = called
  return deps.mutations.run({
    ...called,
    route: `POST /v1/escalations/{id}/${verb}`,
    input: { id, ...body },
    work: async (tx) => {
      await work(tx, { ...deps, principal, id })
      return id
    },
    read: async (tx) => renderEscalation(await findReadable(tx, principal, id)),
  })
}
