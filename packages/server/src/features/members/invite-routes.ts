import {
  createInvitationSchema,
  invitationSchema,
  pageQuerySchema,
  pageSchema,
  parseEmail,
  type Uuid,
} from '@hyponema/contract'
import type { Context } from 'hono'
import { auditedTransaction } from '../../guards/audited-transaction.ts'
import type { Mutations } from '../../guards/mutations.ts'
import { apiRouter, caller, json, jsonBody, protectedRoute } from '../../guards/protected-route.ts'
import { spendBudget } from '../../guards/spend-budget.ts'
import type { TokenBuckets } from '../../guards/token-buckets.ts'
import { AppError } from '../../kernel/app-error.ts'
import { pageOf, readCursor } from '../../kernel/cursor.ts'
import { idParamsSchema, notFound, pathId } from '../../kernel/path-id.ts'
import type { ApiEnv } from '../../kernel/request-context.ts'
import type { SendMail } from '../../platform/email/mail.ts'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'
import { inviteAgain, inviteMember, type MadeInvitation } from './invite-member.ts'
import type { SessionDependencies } from './open-session.ts'
import { renderInvitation } from './render-member.ts'
import { revokeInvitation, revokeUnsent } from './revoke-invitation.ts'
import { sendInvitation } from './send-invitation.ts'
import { findInvitationRow, listInvitations } from './store.ts'

export type InviteDependencies = SessionDependencies & {
  readonly mutations: Mutations
  /** Undefined where the installation cannot send mail: then nobody is invited. */
  readonly sendMail: SendMail | undefined
  /** Of a workspace and an address: how many mails one may send the other. */
  readonly mailBuckets: TokenBuckets
}

const tags = ['members']

const invite = protectedRoute(
  {
    permission: 'members:write',
    codes: [
      'member.role_refused',
      'member.already_member',
      'member.already_invited',
      'member.invitation_closed',
      'sign_in.mail_not_configured',
      'sign_in.mail_failed',
    ],
  },
  {
    method: 'post',
    path: '/v1/invitations',
    tags,
    summary: 'Invite an address for seven days; the link goes out by mail and is never shown',
    request: { body: jsonBody(createInvitationSchema) },
    responses: { 201: json(invitationSchema, 'The invitation without its secret') },
  },
)

const listInvited = protectedRoute(
  { permission: 'members:read' },
  {
    method: 'get',
    path: '/v1/invitations',
    tags,
    summary: 'List invitations, newest first',
    request: { query: pageQuerySchema },
    responses: { 200: json(pageSchema(invitationSchema), 'One page of invitations') },
  },
)

const readInvited = protectedRoute(
  { permission: 'members:read' },
  {
    method: 'get',
    path: '/v1/invitations/{id}',
    tags,
    summary: 'Read an invitation',
    request: { params: idParamsSchema },
    responses: { 200: json(invitationSchema, 'The invitation without its secret') },
  },
)

const sendAgain = protectedRoute(
  {
    permission: 'members:write',
    codes: ['member.role_refused', 'member.invitation_closed', 'sign_in.mail_not_configured', 'sign_in.mail_failed'],
  },
  {
    method: 'post',
    path: '/v1/invitations/{id}/send',
    tags,
    summary: 'Send an invitation again, with a new link for seven days; the old one is void',
    request: { params: idParamsSchema },
    responses: { 200: json(invitationSchema, 'The invitation without its secret') },
  },
)

const revoke = protectedRoute(
  { permission: 'members:write', codes: ['member.role_refused', 'member.invitation_closed'] },
  {
    method: 'delete',
    path: '/v1/invitations/{id}',
    tags,
    summary: 'Revoke an invitation that was not accepted',
    request: { params: idParamsSchema },
    responses: { 204: { description: 'Revoked' } },
  },
)

export function inviteRoutes(deps: InviteDependencies) {
  const app = apiRouter()
  app.openapi(invite, async (context) => {
    const { email: typed, role } = context.req.valid('json')
    const email = parseEmail(typed)
    if (email === undefined) throw new AppError('request.invalid', 'an address that the schema took and the parser not')
    const { principal, ...request } = caller(context)
    const answer = await withMail(deps, context, (send) =>
      deps.mutations.run({
        ...request,
        principal,
        route: 'POST /v1/invitations',
        status: 201,
        input: { email, role },
        work: async (tx) => send(await inviteMember(tx, { ...deps, principal, email, role })),
        read: (tx, id, attempt) => readMade(tx, deps, { id, attempt }),
      }),
    )
    return context.json(answer, 201)
  })
  app.openapi(sendAgain, async (context) => {
    const id = pathId('invitation', context.req.valid('param').id)
    const { principal, ...request } = caller(context)
    const answer = await withMail(deps, context, (send) =>
      deps.mutations.run({
        ...request,
        principal,
        route: 'POST /v1/invitations/{id}/send',
        input: { id },
        work: async (tx) => send(await inviteAgain(tx, { ...deps, principal, id })),
        read: (tx, _made, attempt) => readMade(tx, deps, { id, attempt }),
      }),
    )
    return context.json(answer, 200)
  })
  app.openapi(listInvited, async (context) => {
    const { cursor, limit } = context.req.valid('query')
    const page = { cursor: readCursor(cursor), limit }
    const rows = await deps.database.withWorkspace(context.get('principal').scope, (tx) => listInvitations(tx, page))
    const nowMs = deps.clock.nowMs()
    return context.json(
      pageOf(rows, limit, (row) => renderInvitation(row, nowMs)),
      200,
    )
  })
  app.openapi(readInvited, async (context) => {
    const id = pathId('invitation', context.req.valid('param').id)
    const { scope } = context.get('principal')
    return context.json(await deps.database.withWorkspace(scope, (tx) => readInvitation(tx, deps, id)), 200)
  })
  app.openapi(revoke, async (context) => {
    const id = pathId('invitation', context.req.valid('param').id)
    const { principal, ...request } = caller(context)
    await deps.mutations.run({
      ...request,
      principal,
      route: 'DELETE /v1/invitations/{id}',
      status: 204,
      input: { id },
      work: async (tx) => {
        await revokeInvitation(tx, { principal, clock: deps.clock, id })
        return null
      },
      read: async () => undefined,
    })
    return context.body(null, 204)
  })
  return app
}

/**
 * Refuses before anything is made where no mail can go out; what was made is sent when it has been committed, so that no
 * transaction waits for a mail server. What nobody has taken is revoked, and can be made again.
 */
async function withMail<Answer>(
  deps: InviteDependencies,
  context: Context<ApiEnv>,
  run: (send: (made: MadeInvitation) => Uuid) => Promise<Answer>,
): Promise<Answer> {
  const { sendMail, publicOrigin } = deps
  if (sendMail === undefined) throw new AppError('sign_in.mail_not_configured', 'an invitation goes out by mail')
  const made: MadeInvitation[] = []
  const { principal, request } = caller(context)
  const { workspaceId } = principal.scope
  const answer = await run((invitation) => {
    // Inside the transaction: what is refused was not made, and no older link is void.
    spendBudget(context, deps.mailBuckets.take(`${workspaceId} ${invitation.email}`))
    made.push(invitation)
    return invitation.id
  })
  // A repeat under the same Idempotency-Key makes nothing and sends nothing.
  for (const invitation of made) {
    await sendInvitation(sendMail, { publicOrigin, workspaceId, invitation }).catch(async (error: unknown) => {
      const act = { ...deps, scope: principal.scope, principal, request }
      await auditedTransaction(act, (tx) => revokeUnsent(tx, { clock: deps.clock, id: invitation.id }))
      throw new AppError('sign_in.mail_failed', 'nobody took the mail of an invitation', { cause: error })
    })
  }
  return answer
}

/** A repeat after a mail that nobody took, or after a revocation, must not look like an invitation that is on its way. */
async function readMade(
  tx: WorkspaceTx,
  deps: InviteDependencies,
  { id, attempt }: { id: Uuid; attempt: 'first' | 'repeat' },
) {
  const invitation = await readInvitation(tx, deps, id)
  if (attempt === 'repeat' && invitation.state === 'revoked')
    throw new AppError('member.invitation_closed', 'the invitation of the first request was revoked')
  return invitation
}

async function readInvitation(tx: WorkspaceTx, { clock }: InviteDependencies, id: Uuid) {
  const row = await findInvitationRow(tx, id)
  if (row === undefined) throw notFound('invitation')
  return renderInvitation(row, clock.nowMs())
}
