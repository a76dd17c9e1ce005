import { setTimeout as pause } from 'node:timers/promises'
import type { Uuid } from '@hyponema/contract'
import type { WaitUntilSealed } from '../../guards/audited-transaction.ts'
import type { WithWorkspace } from '../../platform/postgres/with-workspace.ts'
import { countSealed } from './store.ts'

type Options = {
  readonly withWorkspace: WithWorkspace
  /** The act is done: an error for want of a seal would have it repeated. 0 waits for nothing. */
  readonly deadlineMs: number
  readonly onLate: (workspaceId: Uuid, eventIds: readonly Uuid[], error: unknown) => void
}

/** The sealer looks every second. */
const lookEveryMs = 100

/** Waits for the numbers of events. Late ones are told to `onLate` and answered all the same; posture shows for how long they wait. */
export function createSealWaiter({ withWorkspace, deadlineMs, onLate }: Options): WaitUntilSealed {
  return async (scope, eventIds) => {
    const startedMs = performance.now()
    let failure: unknown
    while (performance.now() - startedMs < deadlineMs) {
      try {
        if ((await withWorkspace(scope, (tx) => countSealed(tx, eventIds))) === eventIds.length) return
      } catch (error) {
        failure = error
      }
      await pause(lookEveryMs)
    }
    if (deadlineMs > 0) onLate(scope.workspaceId, eventIds, failure)
  }
}
