/**
 * Threat: a flood from one address or one key.
 * Rule: before authentication only the address has a budget (ids in keys are not secret, so a stranger could lock a
 * customer out otherwise); after it the key has one too (data-boundary 5).
 * On failure: 429 with Retry-After and the RateLimit fields (draft-ietf-httpapi-ratelimit-headers).
 */
import type { Context, MiddlewareHandler } from 'hono'
import { AppError } from '../kernel/app-error.ts'
import type { ApiEnv } from '../kernel/request-context.ts'
import type { BucketAnswer, TokenBuckets } from './token-buckets.ts'

export function rateLimit(
  buckets: TokenBuckets,
  keyOf: (context: Context<ApiEnv>) => string,
): MiddlewareHandler<ApiEnv> {
  return async (context, next) => {
    const answer = buckets.take(keyOf(context))
    setFields(context, answer)
    if (!answer.allowed) {
      throw new AppError('request.rate_limited', `budget ${answer.policy.name} is used up`, {
        retryAfterSeconds: answer.retryAfterSeconds,
      })
    }
    await next()
  }
}

function setFields(context: Context, answer: BucketAnswer): void {
  const { name, burst, refillPerSecond } = answer.policy
  const windowSeconds = Math.ceil(burst / refillPerSecond)
  context.header('RateLimit-Policy', `"${name}";q=${burst};w=${windowSeconds}`)
  context.header('RateLimit', `"${name}";r=${answer.remaining};t=${Math.ceil(answer.retryAfterSeconds)}`)
}
