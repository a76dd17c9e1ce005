/**
 * Threat: a refresh cookie is read by script, sent by another site, or sent along with requests that do not need it.
 * Rule: HttpOnly, SameSite=Strict, for `/auth/refresh` only; Secure wherever browsers take that. It is set and taken away
 * here alone, by sign-in and by its own routes.
 * On failure: a cookie with other attributes is another cookie, and what stays behind has ended in the database.
 */
import type { Context } from 'hono'
import { deleteCookie, setCookie } from 'hono/cookie'
import { takesSecureCookies } from '../kernel/takes-secure-cookies.ts'

export type RefreshCookie = { readonly name: string; readonly value: string; readonly maxAgeSeconds: number }

export function setRefreshCookie(context: Context, publicOrigin: string, cookie: RefreshCookie): void {
  setCookie(context, cookie.name, cookie.value, { ...attributes(publicOrigin), maxAge: cookie.maxAgeSeconds })
}

export function clearRefreshCookie(context: Context, publicOrigin: string, name: string): void {
  deleteCookie(context, name, attributes(publicOrigin))
}

function attributes(publicOrigin: string) {
  const secure = takesSecureCookies(publicOrigin)
  return { path: '/auth/refresh', httpOnly: true, sameSite: 'Strict', secure } as const
}
