import {
  cancelContactAttemptSchema,
  contactAttemptSchema,
  contactOutcomeSchema,
  createContactAttemptSchema,
  idSchema,
  openedContactAttemptSchema,
  pageQuerySchema,
  pageSchema,
} from '@hyponema/contract'
import { allowedAgents } from '../../guards/agent-allowed.ts'
import { auditedRead } from '../../guards/audited-read.ts'
import { apiRouter, caller, json, jsonBody, protectedRoute } from '../../guards/protected-route.ts'
import { pageOf, readCursor } from '../../kernel/cursor.ts'
import { bodyId, idParamsSchema, notFound, pathId } from '../../kernel/path-id.ts'
import type { Database } from '../../platform/postgres/database.ts'
import { addConsentRoutes, type ConsentDependencies } from './add-consent-routes.ts'
import { cancelAttempt } from './cancel-attempt.ts'
import { type AskedAttempt, createAttempt } from './create-attempt.ts'
import { findReadableAttempt } from './find-readable-attempt.ts'
import { recordOutcome } from './record-outcome.ts'
import { renderAttempt, renderOpenedAttempt } from './render-attempt.ts'
import { listAttempts } from './store.ts'

export type ContactDependencies = ConsentDependencies & { readonly database: Database }

const tags = ['contact']

const create = protectedRoute(
  {
    permission: 'contact:write',
    codes: ['request.not_found', 'agent.not_published', 'idempotency.mismatch', 'idempotency.in_progress'],
  },
  {
    method: 'post',
    path: '/v1/contact-attempts',
    tags,
    summary:
      'Ask whether a person may be contacted now, and reserve the attempt: allow, defer or deny, with the next allowed instant',
    request: { body: jsonBody(createContactAttemptSchema) },
    responses: { 201: json(contactAttemptSchema, 'The decision; reserved if it is allowed') },
  },
)

const list = protectedRoute(
  { permission: 'contact:read' },
  {
    method: 'get',
    path: '/v1/contact-attempts',
    tags,
    summary: 'List attempts, newest first, including those that were not allowed',
    request: { query: pageQuerySchema.extend({ user_id: idSchema('user').optional() }) },
    responses: { 200: json(pageSchema(contactAttemptSchema), 'One page of attempts') },
  },
)

const read = protectedRoute(
  { permission: 'contact:read', codes: ['request.not_found'] },
  {
    method: 'get',
    path: '/v1/contact-attempts/{id}',
    tags,
    summary: 'Read an attempt with its number, its subject and the whole decision; the reading is audited',
    request: { params: idParamsSchema },
    responses: { 200: json(openedContactAttemptSchema, 'The attempt') },
  },
)

const outcome = protectedRoute(
  { permission: 'contact:write', codes: ['request.not_found', 'contact.settled'] },
  {
    method: 'post',
    path: '/v1/contact-attempts/{id}/outcome',
    tags,
    summary: 'Report the outcome of a reserved attempt; one that nobody reports on counts as made',
    request: { params: idParamsSchema, body: jsonBody(contactOutcomeSchema) },
    responses: { 200: json(contactAttemptSchema, 'The attempt as it is now') },
  },
)

const cancel = protectedRoute(
  { permission: 'contact:write', codes: ['request.not_found', 'contact.settled'] },
  {
    method: 'post',
    path: '/v1/contact-attempts/{id}/cancel',
    tags,
    summary: 'Give back a reservation that was not used and has not expired, so that it does not count',
    request: { params: idParamsSchema, body: { ...jsonBody(cancelContactAttemptSchema), required: false } },
    responses: { 200: json(contactAttemptSchema, 'The attempt, cancelled') },
  },
)

export function contactRoutes(deps: ContactDependencies) {
  const app = apiRouter()
  addAsking(app, deps)
  addReading(app, deps)
  addReporting(app, deps)
  addConsentRoutes(app, deps)
  return app
}

function addAsking(app: ReturnType<typeof apiRouter>, deps: ContactDependencies): void {
  app.openapi(create, async (context) => {
    const body = context.req.valid('json')
    const { principal, ...request } = caller(context)
    let asked: AskedAttempt | undefined
    const answer = await deps.mutations.run({
      ...request,
      principal,
      route: 'POST /v1/contact-attempts',
      status: 201,
      input: body,
      work: async (tx) => {
        asked = await createAttempt(tx, { ...deps, principal, body })
        return body.reserve ? asked.row.id : tx.withoutChange(null)
      },
      read: async (tx, id) => {
        if (id !== null) return renderAttempt(await findReadableAttempt(tx, principal, id))
        // What was only asked leaves nothing that could be read again, its key neither.
        if (asked === undefined) throw notFound('contactAttempt')
        return { ...renderAttempt(asked.row), id: null }
      },
    })
    return context.json(answer, 201)
  })
}

function addReading(app: ReturnType<typeof apiRouter>, deps: ContactDependencies): void {
  app.openapi(list, async (context) => {
    const { cursor, limit, user_id: user } = context.req.valid('query')
    const principal = context.get('principal')
    const userId = user === undefined ? undefined : bodyId('user', user, '/user_id')
    const page = { cursor: readCursor(cursor), limit, userId, agents: allowedAgents(principal) }
    const rows = await deps.database.withWorkspace(principal.scope, (tx) => listAttempts(tx, page))
    return context.json(pageOf(rows, limit, renderAttempt), 200)
  })
  app.openapi(read, async (context) => {
    const id = pathId('contactAttempt', context.req.valid('param').id)
    const { principal, request } = caller(context)
    const answer = await auditedRead(deps.mutations, {
      principal,
      request,
      route: 'GET /v1/contact-attempts/{id}',
      entry: { action: 'contact.opened', target: { kind: 'contactAttempt', id } },
      read: async (tx) => renderOpenedAttempt(tx, await findReadableAttempt(tx, principal, id), deps.contentKeys),
    })
    return context.json(answer, 200)
  })
}

function addReporting(app: ReturnType<typeof apiRouter>, deps: ContactDependencies): void {
  app.openapi(outcome, async (context) => {
    const id = pathId('contactAttempt', context.req.valid('param').id)
    const body = context.req.valid('json')
    const { principal, ...request } = caller(context)
    const answer = await deps.mutations.run({
      ...request,
      principal,
      route: 'POST /v1/contact-attempts/{id}/outcome',
      input: { id, body },
      work: (tx) => recordOutcome(tx, { ...deps, principal, id, body }),
      read: async (tx) => renderAttempt(await findReadableAttempt(tx, principal, id)),
    })
    return context.json(answer, 200)
  })
  app.openapi(cancel, async (context) => {
    const id = pathId('contactAttempt', context.req.valid('param').id)
    const { principal, ...request } = caller(context)
    const answer = await deps.mutations.run({
      ...request,
      principal,
      route: 'POST /v1/contact-attempts/{id}/cancel',
      input: { id },
      work: (tx) => cancelAttempt(tx, { ...deps, principal, id }),
      read: async (tx) => renderAttempt(await findReadableAttempt(tx, principal, id)),
    })
    return context.json(answer, 200)
  })
}
