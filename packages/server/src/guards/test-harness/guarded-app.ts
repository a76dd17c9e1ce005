/** An app with one route behind the guards under test, which answers refusals with their status and code. */
import { Hono, type MiddlewareHandler } from 'hono'
import { AppError } from '../../kernel/app-error.ts'
import type { Principal } from '../../kernel/principal.ts'
import type { ApiEnv, RequestContext } from '../../kernel/request-context.ts'

export const testRequest: RequestContext = {
  requestId: 'req_test',
  address: '192.0.2.1',
  userAgent: 'test',
  origin: undefined,
}

export type GuardedAnswer = { readonly status: number; readonly code: string | undefined; readonly headers: Headers }

export function guardedApp(options: { guards: readonly MiddlewareHandler<ApiEnv>[]; principal?: Principal }): {
  /** Sends one request; `reached` counts how many came through. */
  readonly send: (headers?: Record<string, string>) => Promise<GuardedAnswer>
  readonly reached: () => number
  readonly principal: () => Principal | undefined
} {
  let reached = 0
  let seen: Principal | undefined
  const app = new Hono<ApiEnv>()
  app.use(async (context, next) => {
    context.set('request', { ...testRequest, origin: context.req.header('origin') })
    if (options.principal !== undefined) context.set('principal', options.principal)
    await next()
  })
  for (const guard of options.guards) app.use(guard)
  app.get('/', (context) => {
    reached += 1
    seen = context.get('principal')
    return context.text('reached')
  })
  app.onError((error, context) => {
    if (!(error instanceof AppError)) throw error
    context.header('X-Code', error.code)
    return new Response(null, { status: error.status, headers: context.res.headers })
  })
  return {
    send: async (headers = {}) => {
      const response = await app.request('/', { headers })
      return { status: response.status, code: response.headers.get('X-Code') ?? undefined, headers: response.headers }
    },
    reached: () => reached,
    principal: () => seen,
  }
}
