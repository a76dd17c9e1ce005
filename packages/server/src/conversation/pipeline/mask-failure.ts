/**
 * Threat: a provider repeats what a person said in its error, and it ends in a log.
 * Rule: what failed in a turn is logged without the personal data that the policy keeps out of logs, causes included.
 * On failure: the error that is thrown here says nothing of the turn.
 */
import type { SessionContext } from './session-context.ts'

/** Deeper causes say nothing more, and a circle of them has no end. */
const maxCauses = 8

/** The same error where nothing was masked. */
export function maskFailure(gate: Pick<SessionContext['gate'], 'mask'>, failure: unknown, depth = 0): unknown {
  if (!(failure instanceof Error)) return failure
  if (depth > maxCauses) return undefined
  const message = gate.mask('to_logs', failure.message)
  const cause = maskFailure(gate, failure.cause, depth + 1)
  if (message === failure.message && cause === failure.cause) return failure
  const masked = new Error(message, { cause })
  masked.name = failure.name
  return masked
}
