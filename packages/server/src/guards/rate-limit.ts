/**
 * Threat: a flood from one address, one workspace, one key or one user.
 * Rule: before authentication only the address has a budget (ids in keys are not secret, so a stranger could lock a
 * customer out otherwise); after it the workspace and the key have one too, and behind a session token the user
 * (data-boundary 5). Every answer behind it says what is left of the narrowest.
 * On failure: 429 with Retry-After and the RateLimit fields (draft-ietf-httpapi-ratelimit-headers).
 */
import type { Context, MiddlewareHandler } from 'hono'
import type { ApiEnv } from '../kernel/request-context.ts'
import { budgetFields, spendBudget } from './spend-budget.ts'
import type { TokenBuckets } from './token-buckets.ts'

export function rateLimit(
  buckets: TokenBuckets,
  keyOf: (context: Context<ApiEnv>) => string,
): MiddlewareHandler<ApiEnv> {
  return async (context, next) => {
    const answer = buckets.take(keyOf(context))
    spendBudget(context, answer)
    await next()
    // Afterwards, because an answer that is made anew (a stream, a failure) has only its own headers. The narrowest budget
    // is the innermost and has spoken already.
    if (context.res.headers.has('RateLimit')) return
    for (const [name, value] of budgetFields(answer)) context.res.headers.set(name, value)
  }
}
