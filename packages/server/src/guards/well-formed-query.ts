/**
 * Threat: a NUL in the query reaches a comparison in the database, which no text there can hold: the request ends in our own
 * failure, and somebody's log fills with it.
 * Rule: no name and no value of the query contains a NUL, whatever the route.
 * On failure: request.invalid with a JSON pointer to each such field; nothing is looked up.
 */
import type { MiddlewareHandler } from 'hono'
import { AppError } from '../kernel/app-error.ts'
import { jsonPointer } from '../kernel/json-pointer.ts'

export function wellFormedQuery(): MiddlewareHandler {
  return async (context, next) => {
    // An HTTP parser lets no NUL through that is written as itself.
    if (context.req.url.includes('%00')) {
      const wrong = Object.entries(context.req.queries()).filter(([name, values]) => [name, ...values].some(hasNul))
      const detail = 'expected text without NUL characters'
      const errors = wrong.map(([name]) => ({ pointer: jsonPointer([name]), detail }))
      if (errors.length > 0) throw new AppError('request.invalid', 'a NUL in the query', { errors })
    }
    await next()
  }
}

function hasNul(text: string): boolean {
  return text.includes('\u0000')
}
