/**
 * Threat: a page that is opened under another name of this machine has another origin; its requests are refused, and a person
 * does not see why, or looks for a way to switch that off.
 * Rule: it is sent to the name whose requests are taken, loopback to loopback only; the fragment goes along. Elsewhere the
 * name that arrives may be a proxy's, and sending people on would go round in circles.
 * On failure: the page is served where it was asked for, and its requests are refused as those of any other origin.
 */
import type { MiddlewareHandler } from 'hono'
import type { ApiEnv } from '../kernel/request-context.ts'

export function underOwnName(publicOrigin: string): MiddlewareHandler<ApiEnv> {
  const own = new URL(publicOrigin)
  return async (context, next) => {
    const asked = context.req.header('host') ?? own.host
    if (asked === own.host || !isLocal(asked) || !isLocal(own.host)) return next()
    return context.redirect(`${own.origin}${context.req.path}`, 307)
  }
}

function isLocal(host: string): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/.test(host)
}
