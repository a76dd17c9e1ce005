/**
 * What a page of ours does with its refresh cookie: `POST /auth/refresh` exchanges it for the next one and an access token,
 * `POST /auth/refresh/sign-out` ends its sign-in. The cookie goes nowhere else.
 */
import { decodeId, encodeId, type RefreshedSession, refreshRequestSchema } from '@hyponema/contract'
import { type Context, Hono } from 'hono'
import { endSession, type OpenedSession, rotateSession, type SessionDependencies } from '../features/members/public.ts'
import { addressBudget } from '../guards/client-address.ts'
import type { MembershipCache } from '../guards/membership-cache.ts'
import { ownPageOnly } from '../guards/own-page-only.ts'
import { rateLimit } from '../guards/rate-limit.ts'
import { clearRefreshCookie, setRefreshCookie } from '../guards/refresh-cookie.ts'
import { type RefreshClaim, readRefreshCookies, refreshCookieName } from '../guards/refresh-family.ts'
import type { TokenBuckets } from '../guards/token-buckets.ts'
import { underOwnName } from '../guards/under-own-name.ts'
import { wellFormedBody } from '../guards/well-formed-body.ts'
import { AppError } from '../kernel/app-error.ts'
import { fieldErrors } from '../kernel/field-errors.ts'
import type { ApiEnv } from '../kernel/request-context.ts'

/** A family's name, and no more. */
const maxBodyBytes = 4096

export type RefreshDependencies = SessionDependencies & {
  readonly memberships: MembershipCache
  readonly buckets: TokenBuckets
}

export function refreshRoutes(deps: RefreshDependencies): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>()
  app.get('/members', underOwnName(deps.publicOrigin))
  app.get('/escalations', underOwnName(deps.publicOrigin))
  for (const path of ['/auth/refresh', '/auth/refresh/sign-out']) {
    app.use(
      path,
      rateLimit(deps.buckets, (context) => addressBudget(context.get('request').address)),
      ownPageOnly(deps.publicOrigin),
      wellFormedBody({ maxBytes: maxBodyBytes }),
    )
  }
  app.post('/auth/refresh', async (context) => {
    for (const claim of await claimsOf(deps, context)) {
      const session = await rotateSession(deps, claim, context.get('request'))
      if (session !== undefined) {
        setRefreshCookie(context, deps.publicOrigin, session.cookie)
        return context.json(render(session))
      }
      clearCookie(deps, context, claim)
    }
    throw new AppError('member.session_ended', 'no refresh cookie of a sign-in that goes on')
  })
  app.post('/auth/refresh/sign-out', async (context) => {
    for (const claim of await claimsOf(deps, context)) {
      const hasEnded = await endSession(deps, claim, context.get('request'))
      clearCookie(deps, context, claim)
      // What had ended before is not what the person signs out of.
      if (hasEnded) break
    }
    return context.body(null, 204)
  })
  return app
}

/** The cookies of the sign-in that the body names; without a name of all, the newest sign-in first. */
async function claimsOf(deps: RefreshDependencies, context: Context<ApiEnv>): Promise<readonly RefreshClaim[]> {
  const body: unknown = await context.req.json().catch(() => undefined)
  const parsed = refreshRequestSchema.safeParse(body)
  if (!parsed.success) {
    throw new AppError('request.invalid', 'body refused by the schema', { errors: fieldErrors(parsed.error, '') })
  }
  const { family } = parsed.data
  const named = family === undefined ? undefined : decodeId('refreshFamily', family)
  return readRefreshCookies(context.req.header('cookie'), { publicOrigin: deps.publicOrigin, family: named })
}

function clearCookie(
  { publicOrigin }: RefreshDependencies,
  context: Context<ApiEnv>,
  { familyId }: RefreshClaim,
): void {
  clearRefreshCookie(context, publicOrigin, refreshCookieName(familyId, publicOrigin))
}

function render(session: OpenedSession): RefreshedSession {
  return {
    access_token: session.accessToken,
    expires_at: session.expiresAt.toISOString(),
    family: encodeId('refreshFamily', session.familyId),
    operator_id: encodeId('operator', session.operatorId),
    workspace: { id: encodeId('workspace', session.workspace.id), name: session.workspace.name },
    role: session.role,
  }
}
