import { DatabaseError } from 'pg'

/**
 * What our own statements may run into. Any other SQLSTATE means that somebody else's statement ran or that the server
 * is not what we think, so the connection that saw it is destroyed (data-boundary 1).
 */
const expectedStates: ReadonlySet<string> = new Set([
  '23502', // not null
  '23503', // foreign key
  '23505', // unique
  '23514', // check
  '25P02', // a statement after one that failed; that one decides
  '40001', // serialization
  '40P01', // deadlock
  '55P03', // lock not available
  '57014', // cancelled by statement_timeout
  'HC001', // an id from another time
  'HS001', // no scope
])

export function isExpectedState(error: unknown): boolean {
  return error instanceof DatabaseError && error.code !== undefined && expectedStates.has(error.code)
}

/** Connection lost, refused, shutting down or too many: worth another try, and not the caller's fault. */
export function isUnavailable(error: unknown): boolean {
  if (error instanceof DatabaseError) return /^(?:08|53|57P)/.test(error.code ?? '')
  return (
    error instanceof Error &&
    ('syscall' in error || /^(?:Connection terminated|timeout e|Query read timeout|Client )/.test(error.message))
  )
}
