/**
 * Threat: a leaked token is used for another session, after its end, or from a page that the agent does not allow.
 * Rule: token, then budgets, then body, then session, then origin. A `browser` token needs an Origin from the agent version's list and a `native`
 * one refuses requests that carry an Origin; `Access-Control-Allow-Origin` is sent only after that check (data-boundary 3).
 * A browser sends no Origin with a GET to the page's own host; `Sec-Fetch-Site: same-origin`, which no script can set, says it instead.
 * On failure: session.token_invalid or session.origin_refused; nothing is read and no session work begins.
 */
import { decodeId, type ErrorCode } from '@hyponema/contract'
import type { Context, MiddlewareHandler } from 'hono'
import { bearerCredential } from '../../guards/authenticate.ts'
import { requireOrigin } from '../../guards/session-origin.ts'
import type { SessionClaims } from '../../guards/session-token.ts'
import { spendBudget } from '../../guards/spend-budget.ts'
import type { TokenBuckets } from '../../guards/token-buckets.ts'
import { AppError } from '../../kernel/app-error.ts'
import type { ApiEnv } from '../../kernel/request-context.ts'
import type { SessionHost } from '../session-host.ts'

export type MessageDependencies = {
  readonly host: SessionHost
  readonly verifyToken: (token: string) => Promise<SessionClaims>
  readonly publicOrigin: string
  readonly buckets: { readonly workspace: TokenBuckets; readonly user: TokenBuckets }
}

/** What `authorise` leaves for the route behind it. */
export type MessageEnv = ApiEnv & { Variables: { claims: SessionClaims } }

/** What a request with a session token may be answered besides what the edge says. */
export const messageCodes = [
  'request.conflict',
  'session.token_invalid',
  'session.origin_refused',
  'session.not_live',
  'session.turn_in_progress',
  'workspace.day_limit',
  'session.owned_elsewhere',
  'policy.does_not_compile',
  'provider.bad_request',
  'credential.missing',
  'credential.address_mismatch',
  'credential.sealed_unreadable',
  'keyring.key_missing',
] as const satisfies readonly ErrorCode[]

/** Checks where the request comes from; from then on the page may read what it is told, refusals included. */
export function checkOriginsOf(deps: MessageDependencies, context: Context<MessageEnv>) {
  const origin = originOf(deps, context)
  const claims = context.get('claims')
  return (allowed: readonly string[]): void => {
    requireOrigin({ claims, origin, allowed, publicOrigin: deps.publicOrigin })
    for (const [name, value] of Object.entries(corsHeaders(origin))) context.header(name, value)
  }
}

/**
 * Without an Origin: our own, where the browser says that a script of a page of this host reads it, and the host is the public one.
 * A page that says so of another host, by a name that it has pointed here, names that host.
 */
function originOf({ publicOrigin }: MessageDependencies, context: Context<MessageEnv>): string | undefined {
  const { origin } = context.get('request')
  if (origin !== undefined || context.req.method !== 'GET') return origin
  const isOwnPage =
    context.req.header('sec-fetch-site') === 'same-origin' &&
    context.req.header('sec-fetch-mode') === 'cors' &&
    context.req.header('host') === new URL(publicOrigin).host
  return isOwnPage ? publicOrigin : undefined
}

export function corsHeaders(origin: string | undefined): Readonly<Record<string, string>> {
  return origin === undefined ? {} : { 'Access-Control-Allow-Origin': origin, Vary: 'Origin' }
}

/** Before the body is read: a request without a valid token for this very session goes no further. */
export function authorise(deps: MessageDependencies): MiddlewareHandler<MessageEnv> {
  return async (context, next) => {
    const claims = await verified(deps, context.req.header('authorization'), context.req.param('id') ?? '')
    const { workspaceId } = claims.scope
    spendBudget(context, deps.buckets.workspace.take(workspaceId))
    spendBudget(context, deps.buckets.user.take(`${workspaceId}:${claims.userId}`))
    context.set('claims', claims)
    await next()
  }
}

async function verified(deps: MessageDependencies, header: string | undefined, pathId: string): Promise<SessionClaims> {
  const token = bearerCredential(header)
  if (token === undefined) throw new AppError('session.token_invalid', 'no bearer token')
  const claims = await deps.verifyToken(token)
  if (claims.sessionId !== decodeId('session', pathId))
    throw new AppError('session.token_invalid', 'token is for another session')
  if (claims.kind !== 'turn') throw new AppError('session.token_invalid', `a ${claims.kind} token serves no text turns`)
  return claims
}
