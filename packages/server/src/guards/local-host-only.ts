/**
 * Threat: DNS rebinding, a web page that reaches the embedded default through a name of its own.
 * Rule: the embedded default answers only when the Host header is a loopback name or address.
 * On failure: refused as request.host_refused before anything is read.
 */
import type { MiddlewareHandler } from 'hono'
import { AppError } from '../kernel/app-error.ts'

export function localHostOnly(): MiddlewareHandler {
  return async (context, next) => {
    if (!isLocalHost(context.req.header('host'))) throw new AppError('request.host_refused', 'Host is not local')
    await next()
  }
}

export function isLocalHost(host: string | undefined): boolean {
  return host !== undefined && /^(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?$/i.test(host)
}
