/**
 * Threat: a client that met a budget does not learn which one or for how long, and asks again at once.
 * Rule: whoever is refused is told the budget that refused, what it holds, and when there is one more.
 * On failure: request.rate_limited with Retry-After and the RateLimit fields; what asked for the budget does not go on.
 */
import type { Context } from 'hono'
import { AppError } from '../kernel/app-error.ts'
import type { BucketAnswer } from './token-buckets.ts'

/**
 * Goes on when the budget had a token, else throws request.rate_limited; the answer then has the RateLimit fields of this
 * budget.
 */
export function spendBudget(context: Pick<Context, 'header'>, answer: BucketAnswer): void {
  if (answer.allowed) return
  // The narrowest budget is what the client has to wait for.
  for (const [name, value] of budgetFields(answer)) context.header(name, value)
  throw new AppError('request.rate_limited', `budget ${answer.policy.name} is used up`, {
    retryAfterSeconds: answer.retryAfterSeconds,
  })
}

/** RateLimit and RateLimit-Policy (draft-ietf-httpapi-ratelimit-headers). */
export function budgetFields(answer: BucketAnswer): readonly (readonly [name: string, value: string])[] {
  const { name, burst, refillPerSecond } = answer.policy
  const windowSeconds = Math.ceil(burst / refillPerSecond)
  return [
    ['RateLimit-Policy', `"${name}";q=${burst};w=${windowSeconds}`],
    ['RateLimit', `"${name}";r=${answer.remaining};t=${Math.ceil(answer.retryAfterSeconds)}`],
  ]
}
