import { AppError } from './app-error.ts'
import { hasCode } from './has-code.ts'

/**
 * 55P03 a lock that another transaction kept, 40P01 deadlock, 40001 serialization: somebody else changed the same rows, and
 * trying again helps. Every other error stays what it is.
 */
export function asConflict(error: unknown): unknown {
  if (!hasCode(error, '55P03', '40P01', '40001')) return error
  return new AppError('request.conflict', 'another transaction holds these rows', {
    cause: error,
    retryAfterSeconds: 1,
  })
}
