/**
 * Threat: a flood from one address or one key.
 * Rule: before authentication only the address has a budget (ids in keys are not secret, so a stranger could lock a
 * customer out otherwise); after it the key has one too (data-boundary 5).
 * Every answer behind it says what is left.
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
    if (!answer.allowed) {
      setFields(context.res.headers, answer)
      throw new AppError('request.rate_limited', `budget ${answer.policy.name} is used up`, {
        retryAfterSeconds: answer.retryAfterSeconds,
      })
    }
    await next()
    // Afterwards, because an answer that is made anew (a stream, a failure) has only its own headers. The narrowest budget
    // is the innermost and has spoken already.
    if (!context.res.headers.has('RateLimit')) setFields(context.res.headers, answer)
  }
}

function setFields(headers: Headers, answer: BucketAnswer): void {
  const { name, burst, refillPerSecond } = answer.policy
  const windowSeconds = Math.ceil(burst / refillPerSecond)
  headers.set('RateLimit-Policy', `"${name}";q=${burst};w=${windowSeconds}`)
  headers.set('RateLimit', `"${name}";r=${answer.remaining};t=${Math.ceil(answer.retryAfterSeconds)}`)
}
