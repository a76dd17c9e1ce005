import { consentSchema, createConsentSchema, pageQuerySchema, pageSchema, type Uuid } from '@hyponema/contract'
import { auditedRead } from '../../guards/audited-read.ts'
import type { ContentKeys } from '../../guards/content-keys.ts'
import type { Mutations } from '../../guards/mutations.ts'
import { type apiRouter, caller, json, jsonBody, protectedRoute } from '../../guards/protected-route.ts'
import type { Clock } from '../../kernel/clock.ts'
import { pageOf, readCursor } from '../../kernel/cursor.ts'
import type { NewId } from '../../kernel/new-id.ts'
import { idParamsSchema, notFound, pathId } from '../../kernel/path-id.ts'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'
import { findUser } from '../users/public.ts'
import { recordConsent } from './record-consent.ts'
import { renderConsent } from './render-consent.ts'
import { findConsent, listConsents } from './store.ts'

export type ConsentDependencies = {
  readonly mutations: Mutations
  readonly contentKeys: ContentKeys
  readonly clock: Clock
  readonly newId: NewId
}

const tags = ['contact']

const create = protectedRoute(
  { permission: 'contact:write', codes: ['request.not_found'] },
  {
    method: 'post',
    path: '/v1/users/{id}/consents',
    tags,
    summary: 'Record that a person consented to be contacted, with proof, or withdrew the consent',
    request: { params: idParamsSchema, body: jsonBody(createConsentSchema) },
    responses: { 201: json(consentSchema, 'The consent, or its withdrawal') },
  },
)

const list = protectedRoute(
  { permission: 'contact:read', codes: ['request.not_found'] },
  {
    method: 'get',
    path: '/v1/users/{id}/consents',
    tags,
    summary: 'List the consents and withdrawals of a person, newest first, with their proof; the reading is audited',
    request: { params: idParamsSchema, query: pageQuerySchema },
    responses: { 200: json(pageSchema(consentSchema), 'One page of consents') },
  },
)

export function addConsentRoutes(app: ReturnType<typeof apiRouter>, deps: ConsentDependencies): void {
  app.openapi(create, async (context) => {
    const userId = pathId('user', context.req.valid('param').id)
    const body = context.req.valid('json')
    const answer = await deps.mutations.run({
      ...caller(context),
      route: 'POST /v1/users/{id}/consents',
      status: 201,
      input: { userId, body },
      work: (tx) => recordConsent(tx, { ...deps, userId, body }),
      read: (tx, id) => readConsent(deps, tx, { id, userId }),
    })
    return context.json(answer, 201)
  })
  app.openapi(list, async (context) => {
    const userId = pathId('user', context.req.valid('param').id)
    const { cursor, limit } = context.req.valid('query')
    const page = { userId, limit, cursor: readCursor(cursor) }
    const { principal, request } = caller(context)
    const answer = await auditedRead(deps.mutations, {
      principal,
      request,
      route: 'GET /v1/users/{id}/consents',
      entry: { action: 'consent.opened', target: { kind: 'user', id: userId } },
      read: async (tx) => {
        if ((await findUser(tx, userId)) === undefined) throw notFound('user')
        const rows = await listConsents(tx, page)
        const key = await deps.contentKeys.forUser(tx, userId)
        try {
          return pageOf(rows, limit, (row) => renderConsent(row, key))
        } finally {
          key.destroy()
        }
      },
    })
    return context.json(answer, 200)
  })
}

async function readConsent(
  { contentKeys }: ConsentDependencies,
  tx: WorkspaceTx,
  { id, userId }: { readonly id: Uuid; readonly userId: Uuid },
) {
  const row = await findConsent(tx, id)
  if (row === undefined) throw notFound('consent')
  const key = await contentKeys.forUser(tx, userId)
  try {
    return renderConsent(row, key)
  } finally {
    key.destroy()
  }
}
