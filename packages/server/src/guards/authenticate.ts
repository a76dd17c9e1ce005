/**
 * Threat: a request without a right, with a stolen-looking or forged credential, or with a workspace key in a browser.
 * Rule: exactly one bearer credential, which names exactly one workspace: an API key (`hyp_...`) or an operator's access
 * token. A key beside an Origin header is refused, because browsers never hold one (data-boundary 2).
 * On failure: api_key.missing, api_key.invalid or api_key.used_in_browser; unknown workspace, unknown key and wrong
 * secret are one answer after the same work.
 */
import type { MiddlewareHandler } from 'hono'
import { AppError } from '../kernel/app-error.ts'
import type { Principal } from '../kernel/principal.ts'
import type { ApiEnv, RequestContext } from '../kernel/request-context.ts'

export type CredentialCheckers = {
  readonly apiKey: (keyText: string, request: RequestContext) => Promise<Principal>
  readonly operatorToken: (token: string) => Promise<Principal>
}

export function authenticate(checkers: CredentialCheckers): MiddlewareHandler<ApiEnv> {
  return async (context, next) => {
    const request = context.get('request')
    const credential = bearerCredential(context.req.header('authorization'))
    if (credential === undefined) throw new AppError('api_key.missing', 'no bearer credential')
    if (!credential.startsWith('hyp_')) {
      context.set('principal', await checkers.operatorToken(credential))
    } else if (request.origin !== undefined) {
      throw new AppError('api_key.used_in_browser', 'key sent with an Origin header')
    } else {
      context.set('principal', await checkers.apiKey(credential, request))
    }
    await next()
  }
}

/** The credential of an Authorization header (RFC 6750 section 2.1), at most 4 kB, or undefined. */
export function bearerCredential(header: string | undefined): string | undefined {
  if (header === undefined || header.length > 4200) return undefined
  return /^Bearer ([\x21-\x7e]+)$/i.exec(header)?.[1]
}
