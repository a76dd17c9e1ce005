/**
 * Threat: unbounded, unlabelled or half-read requests reach the routes, and log lines that cannot be told apart.
 * Rule: every request gets an id and a client address, and every answer names that id; a body is announced as JSON of at
 * most 1 MiB, or for a path that takes files as a file of at most 20 MiB, without an encoding around it; a stopping server
 * takes no new work. Only headers are read here.
 * On failure: a problem document of the edge; the routes see nothing.
 */

import { encodeId } from '@hyponema/contract'
import type { Context, MiddlewareHandler } from 'hono'
import { AppError } from '../kernel/app-error.ts'
import type { NewId } from '../kernel/new-id.ts'
import type { ApiEnv } from '../kernel/request-context.ts'
import { maxDocumentBytes } from '../platform/documents/document-limits.ts'
import { clientAddress, type parseRanges } from './client-address.ts'

/** Large enough for an agent with 20,000 characters of prompt and 1,000 phrases, small enough to parse in a few ms. */
export const maxBodyBytes = 1024 * 1024

/** What is larger is read by nobody, so it is not received either. */
export const maxFileBytes = maxDocumentBytes

/** As they are routed, and in no other spelling. */
const filePaths: ReadonlySet<string> = new Set(['/v1/knowledge/files'])

/** Whether a body that is sent there may be a file, and so larger and longer on its way. */
export function takesFile(path: string): boolean {
  return filePaths.has(path)
}

export function requestContext(options: {
  newId: NewId
  trustedProxies: ReturnType<typeof parseRanges>
}): MiddlewareHandler<ApiEnv> {
  return async (context, next) => {
    const requestId = encodeId('request', options.newId())
    context.set('request', {
      requestId,
      address: clientAddress({
        peer: peerAddress(context),
        forwardedFor: context.req.header('x-forwarded-for'),
        trustedProxies: options.trustedProxies,
      }),
      userAgent: context.req.header('user-agent') ?? '',
      origin: context.req.header('origin'),
    })
    await next()
    // Afterwards, because an answer that is made anew (a stream, a failure) has only its own headers.
    context.res.headers.set('X-Request-Id', requestId)
  }
}

/**
 * Judges what the headers say of a body. The body itself is read behind the credential, see well-formed-body.ts and
 * uploaded-body.ts.
 */
export function announcedBody(): MiddlewareHandler {
  return async (context, next) => {
    const length = context.req.header('content-length')
    const carriesBody =
      (length !== undefined && length !== '0') || context.req.header('transfer-encoding') !== undefined
    if (carriesBody) {
      const { path } = context.req
      const takesFiles = filePaths.has(path)
      const mediaType = (context.req.header('content-type') ?? '').split(';')[0]?.trim().toLowerCase()
      if (mediaType !== 'application/json' && !takesFiles)
        throw new AppError('request.media_type', `media type ${mediaType ?? ''}`, {
          errors: filePaths.has(`${path}/files`) ? [{ pointer: '', detail: `a file is sent to ${path}/files` }] : [],
        })
      const encoding = context.req.header('content-encoding') ?? 'identity'
      // What unpacks to more than it weighs is not read at all.
      if (encoding.toLowerCase() !== 'identity')
        throw new AppError('request.media_type', `encoding ${encoding}`, {
          errors: [{ pointer: '', detail: 'expected a body without Content-Encoding' }],
        })
      const most = takesFiles ? maxFileBytes : maxBodyBytes
      if (Number(length ?? 0) > most)
        throw new AppError('request.too_large', `a body of ${length} bytes`, {
          errors: [{ pointer: '', detail: `expected at most ${most} bytes` }],
        })
    }
    await next()
  }
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
