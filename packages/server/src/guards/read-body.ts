/**
 * Threat: a body that has no end, or comes drop by drop, holds memory or a connection for ever.
 * Rule: the bytes of a body are read to their end within a time and up to a number, whatever its headers said.
 * On failure: request.timeout or request.too_large, which close the connection; request.malformed where the client left.
 */
import type { Context, MiddlewareHandler } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { AppError } from '../kernel/app-error.ts'
import type { ApiEnv } from '../kernel/request-context.ts'
import { within } from '../kernel/within.ts'

export type ReadBody = (context: Context<ApiEnv, string>) => Promise<ArrayBuffer>

/** Later readers of the body get what was read here. */
export function readBody({ timeoutMs, maxBytes }: { timeoutMs: number; maxBytes: number }): ReadBody {
  const limit = boundedBody(maxBytes)
  return async (context) => {
    const late = (): Error => new AppError('request.timeout', `a body took longer than ${timeoutMs} ms`)
    try {
      return await within(timeoutMs, readBytes(context, limit), late)
    } catch (error) {
      if (error instanceof AppError) throw error
      throw new AppError('request.malformed', 'the client left before its body was read', { cause: error })
    }
  }
}

function boundedBody(maxSize: number): MiddlewareHandler {
  return bodyLimit({
    maxSize,
    onError: () => {
      throw new AppError('request.too_large', `a body over ${maxSize} bytes`, {
        errors: [{ pointer: '', detail: `expected at most ${maxSize} bytes` }],
      })
    },
  })
}

/** As bytes first: reading as text would put the replacement character where the bytes are no UTF-8. */
async function readBytes(context: Context<ApiEnv, string>, limit: MiddlewareHandler): Promise<ArrayBuffer> {
  await limit(context, async () => undefined)
  return context.req.arrayBuffer()
}
