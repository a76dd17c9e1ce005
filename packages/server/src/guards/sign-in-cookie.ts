/**
 * Threat: a link that was asked for in one browser signs in another; somebody plants a cookie of his own in a victim's.
 * Rule: each request for a link sets a new secret of its own, never one that was sent along: HttpOnly, SameSite=Lax, for as
 * long as the link lives. Secure, and under the `__Host-` prefix (no other host, path or plain connection can set it),
 * wherever browsers take that: https, and this machine.
 * On failure: a cookie that is not one of ours is none.
 */
import type { Context } from 'hono'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import { takesSecureCookies } from '../kernel/takes-secure-cookies.ts'

export type SignInCookie = {
  readonly read: (context: Context) => string | undefined
  readonly set: (context: Context, secret: string, maxAgeSeconds: number) => void
  readonly clear: (context: Context) => void
}

export function signInCookie(publicOrigin: string): SignInCookie {
  const secure = takesSecureCookies(publicOrigin)
  const name = `${secure ? '__Host-' : ''}hyponema-sign-in`
  const flags = { path: '/', httpOnly: true, sameSite: 'Lax', secure } as const
  return {
    read: (context) => {
      const text = getCookie(context, name)
      return text !== undefined && /^[A-Za-z0-9_-]{43}$/.test(text) ? text : undefined
    },
    set: (context, secret, maxAge) => setCookie(context, name, secret, { ...flags, maxAge }),
    clear: (context) => void deleteCookie(context, name, flags),
  }
}
