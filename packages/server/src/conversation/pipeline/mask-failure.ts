/**
 * Threat: a provider repeats in its error what a person or the model said, and it ends in a log.
 * Rule: what failed in a turn is logged without the personal data that the policy keeps out of logs, and without a word of a message
 * of which a rule withholds any, causes included.
 * On failure: the error that is thrown here says nothing of the turn.
 */
import { AppError } from '../../kernel/app-error.ts'
import type { SessionContext } from './session-context.ts'

/** Deeper causes say nothing more, and a circle of them has no end. */
const maxCauses = 8

/** The same error where nothing was masked. */
export function maskFailure(gate: Pick<SessionContext['gate'], 'forLog'>, failure: unknown, depth = 0): unknown {
  if (!(failure instanceof Error)) return failure
  if (depth > maxCauses) return undefined
  const message = gate.forLog(failure.message) ?? withheld(failure)
  const cause = maskFailure(gate, failure.cause, depth + 1)
  if (message === failure.message && cause === failure.cause) return failure
  const masked = new Error(message, { cause })
  masked.name = failure.name
  return masked
}

function withheld(failure: Error): string {
  return `${failure instanceof AppError ? failure.code : failure.name}: the words were withheld by a rule`
}
