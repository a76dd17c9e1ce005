import type { TurnInput } from '../live-session.ts'
import type { SessionContext } from '../pipeline/session-context.ts'
import { handedInput } from './handed-input.ts'

/**
 * Begins a turn of what was handed over for the person next: words of an operator, or a line that the agent does not say by
 * itself. `begin` says whether the turn began; what could not be said waits. False where there is nothing to say.
 */
export function beginHanded(
  context: Parameters<typeof handedInput>[1] & Pick<SessionContext, 'handOver'>,
  begin: (input: TurnInput) => boolean,
): boolean {
  for (;;) {
    const words = context.handOver.takeNext()
    if (words === undefined) return false
    const input = handedInput(words, context)
    if (input === undefined) continue
    if (!begin(input)) context.handOver.putBack(words)
    return true
  }
}
