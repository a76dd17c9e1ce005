/**
 * Text turns: `POST /v1/sessions/{id}/messages` with the session's `turn` token, answered as Server-Sent Events.
 *
 * Threat: a leaked token is used for another session, after its end, or from a page that the agent does not allow.
 * Rule: token, then budgets, then body, then session, then origin. A `browser` token needs an Origin from the agent version's list and a `native`
 * one refuses requests that carry an Origin; `Access-Control-Allow-Origin` is sent only after that check (data-boundary 3).
 * On failure: session.token_invalid or session.origin_refused; nothing is read and no session work begins.
 */
import { createRoute } from '@hono/zod-openapi'
import { decodeId, sendMessageSchema } from '@hyponema/contract'
import type { MiddlewareHandler } from 'hono'
import { z } from 'zod'
import { bearerCredential } from '../../guards/authenticate.ts'
import { apiRouter, edgeCodes, jsonBody, problemResponses } from '../../guards/protected-route.ts'
import { requireOrigin } from '../../guards/session-origin.ts'
import type { SessionClaims } from '../../guards/session-token.ts'
import { spendBudget } from '../../guards/spend-budget.ts'
import type { TokenBuckets } from '../../guards/token-buckets.ts'
import { wellFormedBody } from '../../guards/well-formed-body.ts'
import { AppError } from '../../kernel/app-error.ts'
import { idParamsSchema } from '../../kernel/path-id.ts'
import type { ApiEnv } from '../../kernel/request-context.ts'
import type { TurnInput } from '../live-session.ts'
import type { SessionHost } from '../session-host.ts'
import { eventStream } from './event-stream.ts'

export type MessageDependencies = {
  readonly host: SessionHost
  readonly verifyToken: (token: string) => Promise<SessionClaims>
  readonly publicOrigin: string
  readonly buckets: { readonly workspace: TokenBuckets; readonly user: TokenBuckets }
}

/** What `authorise` leaves for the route behind it. */
type MessageEnv = ApiEnv & { Variables: { claims: SessionClaims } }

function sendRoute(deps: MessageDependencies) {
  return createRoute({
    method: 'post',
    path: '/v1/sessions/{id}/messages',
    tags: ['sessions'],
    summary: 'Say something and read the answer as Server-Sent Events',
    security: [{ sessionToken: [] }],
    middleware: [authorise(deps), wellFormedBody()] as const,
    request: { params: idParamsSchema, body: jsonBody(sendMessageSchema) },
    responses: {
      200: {
        description: 'turn_start, token, tool_call, tool_result, guard, turn_end, error; see the SessionEvent schemas',
        content: { 'text/event-stream': { schema: z.string() } },
      },
      ...problemResponses([
        ...edgeCodes,
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
      ]),
    },
  })
}

export function messageRoutes(deps: MessageDependencies) {
  const app = apiRouter()
  app.options('/v1/sessions/:id/messages', (context) => {
    const origin = context.req.header('origin')
    if (origin === undefined || !isWellFormedOrigin(origin))
      throw new AppError('session.origin_refused', 'preflight without an origin')
    return context.body(null, 204, {
      'Access-Control-Allow-Origin': origin,
      'Access-Control-Allow-Methods': 'POST',
      'Access-Control-Allow-Headers': 'Authorization, Content-Type',
      'Access-Control-Max-Age': '600',
      Vary: 'Origin',
    })
  })
  return app.openapi(sendRoute(deps), async (context) => {
    const { origin, requestId } = context.get('request')
    const claims = context.get('claims')
    const checkOrigins = (allowed: readonly string[]): void => {
      requireOrigin({ claims, origin, allowed, publicOrigin: deps.publicOrigin })
      // From here on the page may read what it is told, refusals included.
      for (const [name, value] of Object.entries(corsHeaders(origin))) context.header(name, value)
    }
    const session = await deps.host.join({ ...claims, kind: 'turn', checkOrigins })
    const queue = session.answer(turnInput(context.req.valid('json')), requestId)
    return new Response(eventStream(queue), {
      headers: {
        'Content-Type': 'text/event-stream; charset=utf-8',
        'Cache-Control': 'no-store',
        'X-Accel-Buffering': 'no',
        ...corsHeaders(origin),
      },
    })
  })
}

function corsHeaders(origin: string | undefined): Readonly<Record<string, string>> {
  return origin === undefined ? {} : { 'Access-Control-Allow-Origin': origin, Vary: 'Origin' }
}

/** Before the body is read: a request without a valid token for this very session goes no further. */
function authorise(deps: MessageDependencies): MiddlewareHandler<MessageEnv> {
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

function turnInput(body: z.infer<typeof sendMessageSchema>): TurnInput {
  if ('keypad' in body) return { kind: 'message', text: body.keypad, how: 'keypad' }
  return 'text' in body ? { kind: 'message', text: body.text } : { kind: 'start' }
}

function isWellFormedOrigin(origin: string): boolean {
  return URL.canParse(origin) && new URL(origin).origin === origin
}
