import { type ErrorCode, errorCatalogue, type Problem } from '@hyponema/contract'
import type { AppError, FieldError } from '../kernel/app-error.ts'

/**
 * Renders a failure as a problem document (RFC 9457). Only the catalogue's words and field errors reach the client.
 * `kept` are headers that were set before the failure (security headers, limits, request id).
 */
export function problemResponse(error: AppError, requestId: string, kept?: Headers): Response {
  const headers = new Headers(kept)
  headers.set('Content-Type', 'application/problem+json')
  headers.set('Cache-Control', 'no-store')
  headers.delete('Content-Length')
  if (error.retryAfterSeconds !== undefined)
    headers.set('Retry-After', String(Math.max(1, Math.ceil(error.retryAfterSeconds))))
  // The rest of a body that was not read would be taken for the beginning of the next request.
  if (error.status === 408 || error.status === 413) headers.set('Connection', 'close')
  if (error.status === 401) headers.set('WWW-Authenticate', 'Bearer')
  return new Response(JSON.stringify(problem(error.code, requestId, error.errors)), { status: error.status, headers })
}

function problem(code: ErrorCode, requestId: string, errors: readonly FieldError[]): Problem {
  const { status, retryable, title } = errorCatalogue[code]
  const body: Problem = { type: 'about:blank', title, status, code, request_id: requestId, retryable }
  return errors.length === 0 ? body : { ...body, errors: [...errors] }
}
