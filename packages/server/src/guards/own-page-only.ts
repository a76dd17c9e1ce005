/**
 * Threat: another site, or a page on another port of this machine, makes a browser that is signed in refresh or sign out.
 * Rule: routes that live on a cookie want our own Origin and a header that a form or a link cannot send and a script of
 * another origin may not send without our consent, which no route gives. The cookie is SameSite=Strict beside that.
 * On failure: member.origin_refused; the cookie is not looked at.
 */
import type { MiddlewareHandler } from 'hono'
import { AppError } from '../kernel/app-error.ts'
import type { ApiEnv } from '../kernel/request-context.ts'
import { requireOwnOrigin } from './require-own-origin.ts'

export const ownPageHeader = 'x-hyponema-refresh'

export function ownPageOnly(publicOrigin: string): MiddlewareHandler<ApiEnv> {
  return async (context, next) => {
    requireOwnOrigin({ origin: context.get('request').origin, publicOrigin, code: 'member.origin_refused' })
    if (context.req.header(ownPageHeader) !== '1') throw new AppError('member.origin_refused', `no ${ownPageHeader}: 1`)
    await next()
  }
}
