/**
 * The routes of the sign-in page: no credential comes with them, so each wants our own Origin and JSON of at most 4 kB.
 * They stand outside the workspace API: what is signed in to is not known yet, or is named by an answer of the step before.
 *
 * Threat: another site makes a browser sign in, or out of the account it means (login CSRF); a flood of guesses.
 * Rule: a POST has the Origin of this installation and a budget of its address; failures are told to the audit log.
 * On failure: sign_in.origin_refused, request.rate_limited or a code of sign_in; nothing is looked up.
 */
import {
  chooseWorkspaceSchema,
  confirmLinkSchema,
  decodeId,
  encodeId,
  enterCodeSchema,
  type LinkRequested,
  requestLinkSchema,
  type SignInAnswer,
} from '@hyponema/contract'
import { type Context, Hono, type MiddlewareHandler } from 'hono'
import type { z } from 'zod'
import { addressBudget } from '../../guards/client-address.ts'
import type { CoalescedRefusals } from '../../guards/coalesced-refusals.ts'
import { rateLimit } from '../../guards/rate-limit.ts'
import { setRefreshCookie } from '../../guards/refresh-cookie.ts'
import { requireOwnOrigin } from '../../guards/require-own-origin.ts'
import { type SignInCookie, signInCookie } from '../../guards/sign-in-cookie.ts'
import type { SignInFailures } from '../../guards/sign-in-failures.ts'
import type { TokenBuckets } from '../../guards/token-buckets.ts'
import { underOwnName } from '../../guards/under-own-name.ts'
import { wellFormedBody } from '../../guards/well-formed-body.ts'
import { AppError } from '../../kernel/app-error.ts'
import type { Clock } from '../../kernel/clock.ts'
import { fieldErrors } from '../../kernel/field-errors.ts'
import type { NewId } from '../../kernel/new-id.ts'
import type { ApiEnv } from '../../kernel/request-context.ts'
import type { RandomBytes } from '../../platform/crypto/random-bytes.ts'
import type { SendMail } from '../../platform/email/mail.ts'
import type { MailQueue } from '../../platform/email/mail-queue.ts'
import type { Database } from '../../platform/postgres/database.ts'
import { createSignInRequest, linkLifeMs } from './create-sign-in-request.ts'
import { type Entered, openChosenWorkspace, openWorkspace } from './open-workspace.ts'
import type { OpenedSession, SignInPorts } from './public.ts'
import { verifyCode } from './verify-code.ts'
import { verifyLink } from './verify-link.ts'

export type SignInDependencies = {
  readonly database: Pick<Database, 'withIdentity'>
  readonly clock: Clock
  readonly newId: NewId
  readonly randomBytes: RandomBytes
  readonly publicOrigin: string
  readonly ports: SignInPorts
  /** Undefined where no mail server is configured; then nobody can ask for a link. */
  readonly sendMail: SendMail | undefined
  readonly queue: MailQueue
  readonly refusals: CoalescedRefusals
  readonly buckets: { readonly links: TokenBuckets; readonly answers: TokenBuckets }
  /** Exact on however many processes. */
  readonly failures: SignInFailures
}

const maxBodyBytes = 4096

export function signInRoutes(deps: SignInDependencies): Hono<ApiEnv> {
  const cookie = signInCookie(deps.publicOrigin)
  const app = new Hono<ApiEnv>()
  for (const path of ['/sign-in', '/auth/link']) app.get(path, underOwnName(deps.publicOrigin))
  const before = (buckets: TokenBuckets): Parts['before'] => [
    auditRefusals(deps.refusals),
    rateLimit(buckets, (context) => addressBudget(context.get('request').address)),
    ownOriginOnly(deps.publicOrigin),
    wellFormedBody({ maxBytes: maxBodyBytes }),
  ]
  addAsking(app, { deps, cookie, before: before(deps.buckets.links) })
  addAnswering(app, { deps, cookie, before: before(deps.buckets.answers) })
  return app
}

type Parts = {
  readonly deps: SignInDependencies
  readonly cookie: SignInCookie
  readonly before: readonly [Step, Step, Step, Step]
}

type Step = MiddlewareHandler<ApiEnv>

function addAsking(app: Hono<ApiEnv>, { deps, cookie, before }: Parts): void {
  app.post('/auth/sign-in', ...before, async (context) => {
    const { sendMail, ports } = deps
    if (sendMail === undefined) throw new AppError('sign_in.mail_not_configured', 'no mail server is configured')
    const body = await readBody(context, requestLinkSchema)
    const asked = body.email === undefined ? await readInvitation(ports, body.invitation ?? '') : { email: body.email }
    const invitation = 'workspaceId' in asked ? asked : undefined
    const browser = await createSignInRequest({
      ...deps,
      sendMail,
      address: context.get('request').address,
      asked: { email: asked.email, invitation },
    })
    cookie.set(context, browser, linkLifeMs / 1000)
    const requested: LinkRequested = {
      expires_in_seconds: linkLifeMs / 1000,
      ...(invitation === undefined
        ? {}
        : { invitation: { email: asked.email, workspace_name: invitation.workspaceName, role: invitation.role } }),
    }
    return context.json(requested, 202)
  })
}

function addAnswering(app: Hono<ApiEnv>, { deps, cookie, before }: Parts): void {
  const counted = countFailures(deps.failures)
  const enter = (context: Context<ApiEnv>, entered: Entered): Response => {
    if ('session' in entered) return signedIn(context, { cookie, deps }, entered.session)
    const workspaces = entered.workspaces.map(({ id, ...others }) => ({ id: encodeId('workspace', id), ...others }))
    return answer(context, { status: 'choose', choice: entered.choice, workspaces })
  }
  app.post('/auth/confirm', ...before, counted, async (context) => {
    const { token } = await readBody(context, confirmLinkSchema)
    const verified = await verifyLink({ ...deps, token, browser: cookie.read(context) })
    if (verified === undefined) throw new AppError('sign_in.link_invalid', 'no open request has this link')
    if ('code' in verified) return answer(context, { status: 'code', code: verified.code })
    return enter(context, await openWorkspace({ ...deps, request: context.get('request'), person: verified.person }))
  })
  app.post('/auth/code', ...before, counted, async (context) => {
    const { code } = await readBody(context, enterCodeSchema)
    const verified = await verifyCode({ ...deps, code, browser: cookie.read(context) })
    if ('refused' in verified) throw new AppError(verified.refused, 'a code was refused')
    return enter(context, await openWorkspace({ ...deps, request: context.get('request'), person: verified.person }))
  })
  app.post('/auth/choose', ...before, counted, async (context) => {
    const { choice, workspace_id } = await readBody(context, chooseWorkspaceSchema)
    const workspaceId = decodeId('workspace', workspace_id)
    if (workspaceId === undefined) throw new AppError('server.internal', 'an id came past its schema')
    const chosen = { choice, browser: cookie.read(context), workspaceId }
    const session = await openChosenWorkspace({ ...deps, request: context.get('request'), ...chosen })
    if (session === undefined) throw new AppError('sign_in.request_ended', 'no open choice has this secret')
    return signedIn(context, { cookie, deps }, session)
  })
}

function signedIn(
  context: Context<ApiEnv>,
  { cookie, deps: { publicOrigin } }: Pick<Parts, 'cookie' | 'deps'>,
  session: OpenedSession,
): Response {
  cookie.clear(context)
  setRefreshCookie(context, publicOrigin, session.cookie)
  return answer(context, {
    status: 'signed_in',
    access_token: session.accessToken,
    expires_at: session.expiresAt.toISOString(),
    workspace: { id: encodeId('workspace', session.workspace.id), name: session.workspace.name },
    role: session.role,
  })
}

function answer(context: Context<ApiEnv>, body: SignInAnswer): Response {
  return context.json(body, 200)
}

/** A link's secret of 256 bits is not found by trying, so who has none may know that this one is no good. */
async function readInvitation(ports: SignInPorts, text: string) {
  const named = ports.parseInvitation(text)
  const found = named === undefined ? undefined : await ports.findInvitation(named)
  if (named === undefined || found === undefined) throw new AppError('sign_in.invitation_invalid', 'not an open one')
  return { ...found, workspaceId: named.workspaceId, invitationId: named.invitationId }
}

async function readBody<Schema extends z.ZodType>(context: Context<ApiEnv>, schema: Schema): Promise<z.output<Schema>> {
  const body: unknown = await context.req.json<unknown>().catch(() => {
    throw new AppError('request.malformed', 'the body is no JSON')
  })
  const parsed = schema.safeParse(body)
  if (parsed.success) return parsed.data
  throw new AppError('request.invalid', 'refused by the schema', { errors: fieldErrors(parsed.error) })
}

/** Counted before it is judged, and given back when it was right. */
function countFailures(failures: SignInFailures): Step {
  return async (context, next) => {
    const attempt = await failures.begin(context.get('request').address)
    await next()
    if (context.error === undefined) await attempt.succeeded()
  }
}

function ownOriginOnly(publicOrigin: string): Step {
  return async (context, next) => {
    requireOwnOrigin({ origin: context.get('request').origin, publicOrigin, code: 'sign_in.origin_refused' })
    await next()
  }
}

/** Refusals that are about who signs in; a wrong field or an unreachable database is nobody's attempt. */
function auditRefusals(refusals: CoalescedRefusals): Step {
  return async (context, next) => {
    await next()
    const { error } = context
    if (error instanceof AppError && (error.code.startsWith('sign_in.') || error.code === 'request.rate_limited')) {
      if (error.code !== 'sign_in.mail_not_configured') refusals.add(error.code, context.get('request'))
    }
  }
}
