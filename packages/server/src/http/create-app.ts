import type { OpenAPIHono } from '@hono/zod-openapi'
import { type Context, Hono } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { authenticate, type CredentialCheckers } from '../guards/authenticate.ts'
import { addressBudget, type parseRanges } from '../guards/client-address.ts'
import { localHostOnly } from '../guards/local-host-only.ts'
import { apiRouter } from '../guards/protected-route.ts'
import { rateLimit } from '../guards/rate-limit.ts'
import { announcedBody, refuseWhileDraining, requestContext } from '../guards/request-edge.ts'
import type { TokenBuckets } from '../guards/token-buckets.ts'
import { wellFormedQuery } from '../guards/well-formed-query.ts'
import { AppError } from '../kernel/app-error.ts'
import { asConflict } from '../kernel/as-conflict.ts'
import type { NewId } from '../kernel/new-id.ts'
import { principalName } from '../kernel/principal-name.ts'
import type { ApiEnv } from '../kernel/request-context.ts'
import { type AllowedMethods, allowedMethods } from './allowed-methods.ts'
import { healthRoute } from './health-route.ts'
import { openApiDocument } from './open-api-document.ts'
import { securityHeaders } from './pages/security-headers.ts'
import { problemResponse } from './problem-response.ts'

export type AppParts = {
  readonly newId: NewId
  readonly trustedProxies: ReturnType<typeof parseRanges>
  readonly localOnly: boolean
  readonly isDraining: () => boolean
  readonly checkers: CredentialCheckers
  readonly addressBuckets: TokenBuckets
  readonly workspaceBuckets: TokenBuckets
  readonly principalBuckets: TokenBuckets
  /** Says whether the database answers; what `GET /healthz` is about. */
  readonly isHealthy: () => Promise<boolean>
  /** Failures that are ours (5xx) and refusals, for the operator's log. */
  readonly log: (entry: {
    level: 'warn' | 'error'
    message: string
    requestId: string
    code: string
    error: unknown
  }) => void
  /** Routes that bear their own credential: messages with the session token, and in the embedded default the talk page. */
  readonly openRoutes: readonly Hono<ApiEnv>[]
  /** Routes of the workspace API, behind `authenticate`. */
  readonly apiRoutes: readonly OpenAPIHono<ApiEnv>[]
  /** Routes described in the OpenAPI document though they stand in `openRoutes`. */
  readonly pages: Hono | undefined
}

/**
 * Assembles the HTTP application. Tests call it without a port. A request passes, in this order: what its headers and its
 * address allow, its credential, its permission, its body, its route.
 */
export function createApp(parts: AppParts): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>()
  app.use(requestContext(parts))
  app.use(securityHeaders())
  app.use(rateLimit(parts.addressBuckets, (context) => addressBudget(context.get('request').address)))
  if (parts.localOnly) app.use(localHostOnly())
  app.onError((error, context) => answerFailure(parts, error, context))
  app.notFound((context) => answerNoRoute(context, methodsAt))
  app.route('/', healthRoute(parts))
  app.use(refuseWhileDraining(parts.isDraining), announcedBody(), wellFormedQuery())
  for (const routes of parts.openRoutes) app.route('/', routes)
  if (parts.pages !== undefined) app.route('/', parts.pages)
  const api = apiRouter()
  for (const routes of parts.apiRoutes) api.route('/', routes)
  const described = [api, ...parts.openRoutes]
  const methodsAt = allowedMethods(described)
  // Made for the first who asks: it takes longer than everything else here together, and most servers are never asked.
  let document: ReturnType<typeof openApiDocument> | undefined
  app.get('/v1/openapi.json', (context) => context.json((document ??= openApiDocument(described))))
  app.use('/v1/*', authenticate(parts.checkers))
  app.use(
    '/v1/*',
    rateLimit(parts.workspaceBuckets, (context) => context.get('principal').scope.workspaceId),
    rateLimit(parts.principalBuckets, (context) => bucketKey(context)),
  )
  app.route('/', api)
  return app
}

/** Reached behind the credential, so who has none does not learn which routes there are. */
function answerNoRoute(context: Context<ApiEnv>, methodsAt: AllowedMethods): Response {
  const { requestId } = context.get('request')
  const methods = methodsAt(context.req.path)
  if (methods.length === 0) return problemResponse(new AppError('request.not_found', 'no route'), requestId)
  const refusal = problemResponse(new AppError('request.method_not_allowed', context.req.method), requestId)
  refusal.headers.set('Allow', methods.join(', '))
  return refusal
}

function bucketKey(context: Context<ApiEnv>): string {
  const principal = context.get('principal')
  return `${principal.scope.workspaceId}:${principalName(principal).id}`
}

function answerFailure(parts: AppParts, error: unknown, context: Context<ApiEnv>): Response {
  const failure = asAppError(error)
  const { requestId } = context.get('request')
  if (failure.status >= 500) {
    parts.log({ level: 'error', message: failure.message, requestId, code: failure.code, error })
  } else if (failure.status === 401 || failure.status === 403) {
    parts.log({ level: 'warn', message: failure.message, requestId, code: failure.code, error: undefined })
  }
  return problemResponse(failure, requestId, context.res.headers)
}

/** What the framework refuses is the client's doing. Unknown failures are ours: their words go to the log, the client gets server.internal. */
function asAppError(thrown: unknown): AppError {
  const error = asConflict(thrown)
  if (error instanceof AppError) return error
  if (error instanceof HTTPException && error.status < 500) {
    return new AppError(error.status === 415 ? 'request.media_type' : 'request.malformed', error.message)
  }
  return new AppError('server.internal', 'unexpected failure', { cause: error })
}
