/**
 * Threat: an answer of ours is sniffed as another type, framed, read by another site, kept in a cache with its token in it,
 * or runs script that somebody planted in it.
 * Rule: every answer, errors and streams included, carries these headers; where a route set its own value, that one stays.
 * Without its own policy an answer may load nothing at all, so only the pages of this folder name what they use.
 * On failure: there is none to handle; what forgets to ask gets the strictest value.
 */
import type { MiddlewareHandler } from 'hono'
import { permissionsPolicy } from './permissions-policy.ts'

/** What an answer may do unless it says otherwise: nothing. */
const nothingAllowed = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox"

const defaults: ReadonlyArray<readonly [name: string, value: string]> = [
  ['Content-Security-Policy', nothingAllowed],
  ['X-Content-Type-Options', 'nosniff'],
  ['Referrer-Policy', 'no-referrer'],
  ['Cross-Origin-Opener-Policy', 'same-origin'],
  ['Cross-Origin-Resource-Policy', 'same-origin'],
  ['X-Frame-Options', 'DENY'],
  ['X-Permitted-Cross-Domain-Policies', 'none'],
  ['Permissions-Policy', permissionsPolicy([])],
  ['Cache-Control', 'no-store'],
]

/** Install first, so that answers of every other middleware and of the error handler pass through it. */
export function securityHeaders(): MiddlewareHandler {
  return async (context, next) => {
    await next()
    for (const [name, value] of defaults) {
      if (!context.res.headers.has(name)) context.res.headers.set(name, value)
    }
  }
}
