/**
 * Threat: a file that is too large, has no end or comes drop by drop, or so many at once that memory ends; a stranger makes us
 * read one.
 * Rule: stands behind the credential and the permission. A file has at most 20 MiB whatever its headers said, comes within the
 * time for one, and is read only while there is room for it (upload-room.ts). Its bytes are nobody's text yet: what they are is
 * judged by who takes them.
 * On failure: request.too_large, or request.timeout (also where it has given way to others), which close the connection,
 * request.rate_limited, or request.malformed where the client left; nothing is stored.
 */
import type { MiddlewareHandler } from 'hono'
import { AppError } from '../kernel/app-error.ts'
import type { ApiEnv } from '../kernel/request-context.ts'
import { unlessAborted } from '../kernel/unless-aborted.ts'
import { readBody } from './read-body.ts'
import { maxFileBytes } from './request-edge.ts'
import { UploadRoom } from './upload-room.ts'

/** 20 MiB in this time are 1.5 Mbit/s, which a line in the country has. */
export const fileTimeoutMs = 110_000

const usualRoom = new UploadRoom()

/** The route reads the bytes with `context.req.arrayBuffer()`, which are there already. */
export function uploadedBody(options: { timeoutMs?: number; room?: UploadRoom } = {}): MiddlewareHandler<ApiEnv> {
  const { timeoutMs = fileTimeoutMs, room = usualRoom } = options
  const read = readBody({ timeoutMs, maxBytes: maxFileBytes })
  return async (context, next) => {
    const arrival = new AbortController()
    let isThere = false
    const bytes = announced(context.req.header('content-length'))
    const leave = room.take(context.get('principal').scope.workspaceId, bytes, {
      canGiveWay: () => !isThere,
      giveWay: () => arrival.abort(new AppError('request.timeout', 'a slow file gave way to others')),
    })
    try {
      await unlessAborted(read(context), arrival.signal)
      isThere = true
      await next()
    } finally {
      leave()
    }
  }
}

/** What comes in pieces of its own does not say how much it is. */
function announced(length: string | undefined): number {
  const bytes = /^\d{1,9}$/.test(length ?? '') ? Number(length) : maxFileBytes
  return Math.min(bytes, maxFileBytes)
}
