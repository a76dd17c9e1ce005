/**
 * Threat: unbounded, unlabelled or half-read requests reach the routes, and log lines that cannot be told apart.
 * Rule: every request gets an id and a client address; bodies are JSON of at most 1 MiB; a stopping server takes no new work.
 * On failure: a problem document of the edge; the routes see nothing.
 */

import { encodeId } from '@hyponema/contract'
import type { Context, MiddlewareHandler } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { AppError } from '../kernel/app-error.ts'
import type { NewId } from '../kernel/new-id.ts'
import type { ApiEnv } from '../kernel/request-context.ts'
import { clientAddress, type parseRanges } from './client-address.ts'

/** Large enough for an agent with 20,000 characters of prompt and 1,000 phrases, small enough to parse in a few ms. */
const maxBodyBytes = 1024 * 1024

export function requestContext(options: {
  newId: NewId
  trustedProxies: ReturnType<typeof parseRanges>
}): MiddlewareHandler<ApiEnv> {
  return async (context, next) => {
    const origin = context.req.header('origin')
    context.set('request', {
      requestId: encodeId('request', options.newId()),
      address: clientAddress({
        peer: peerAddress(context),
        forwardedFor: context.req.header('x-forwarded-for'),
        trustedProxies: options.trustedProxies,
      }),
      userAgent: (context.req.header('user-agent') ?? '').slice(0, 300),
      origin,
    })
    context.header('X-Request-Id', context.get('request').requestId)
    await next()
  }
}

export function jsonBodiesOnly(): MiddlewareHandler {
  return async (context, next) => {
    const carriesBody =
      context.req.header('content-length') !== undefined || context.req.header('transfer-encoding') !== undefined
    const mediaType = (context.req.header('content-type') ?? '').split(';')[0]?.trim().toLowerCase()
    const isEmpty = context.req.header('content-length') === '0'
    if (carriesBody && !isEmpty && mediaType !== 'application/json') {
      throw new AppError('request.media_type', `media type ${mediaType ?? ''}`)
    }
    await next()
  }
}

export function limitedBody(): MiddlewareHandler {
  return bodyLimit({
    maxSize: maxBodyBytes,
    onError: () => {
      throw new AppError('request.too_large', `body over ${maxBodyBytes} bytes`)
    },
  })
}

export function refuseWhileDraining(isDraining: () => boolean): MiddlewareHandler {
  return async (_context, next) => {
    if (isDraining()) throw new AppError('server.draining', 'stopping', { retryAfterSeconds: 5 })
    await next()
  }
}

/** In tests the app is called without a socket; then there is no peer and the address is the unspecified one. */
function peerAddress(context: Context<ApiEnv>): string {
  return context.env.incoming?.socket.remoteAddress ?? '0.0.0.0'
}
