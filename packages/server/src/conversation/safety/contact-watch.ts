/**
 * Threat: somebody says that it wants no more calls, hears that this was noted, and is called the next day.
 * Rule: it is written before it is answered, in a transaction of its own, so that no turn that breaks off takes it along; the line
 * that says so is ours and not a model's.
 * On failure: the turn fails and nothing is said of it.
 */
import type { SafetyWatch } from './safety-watch.ts'

/** Carries out what `builtin/opt_out` asks for. */
export function createContactWatch({ optOut }: { readonly optOut: () => Promise<void> }): SafetyWatch {
  return {
    carryOut: async ({ obligations }) => {
      if (!obligations.some(({ kind }) => kind === 'opt_out')) return undefined
      // Each time: since the last one somebody may have lifted it, and the person hears that it was noted.
      await optOut()
      return 'opted_out'
    },
  }
}
