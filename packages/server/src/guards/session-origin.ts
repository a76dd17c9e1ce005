/**
 * Threat: a token that leaked from one page is used by another one, or a native token in a browser.
 * Rule: a `browser` token needs an Origin from the list of the session's agent version; `self` in it means the
 * installation's public origin now. A `native` token refuses requests that carry an Origin.
 * On failure: session.origin_refused, without Access-Control-Allow-Origin.
 */
import { AppError } from '../kernel/app-error.ts'

export function requireOrigin(options: {
  claims: { readonly client: 'browser' | 'native' }
  origin: string | undefined
  allowed: readonly string[]
  publicOrigin: string
}): void {
  const { claims, origin } = options
  if (claims.client === 'native') {
    if (origin !== undefined) throw new AppError('session.origin_refused', 'native token with an Origin header')
    return
  }
  const allowed = options.allowed.map((entry) => (entry === 'self' ? options.publicOrigin : entry))
  if (origin === undefined || !allowed.includes(origin)) {
    throw new AppError('session.origin_refused', `origin ${origin ?? '(none)'} is not in the agent version's list`)
  }
}
