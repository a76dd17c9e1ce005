/**
 * Threat: endpoints of one workspace whose rounds are costly (an order to keep in a backlog of 100,000) hold all connections
 * of the worker, and nobody else's events are written down or sent.
 * Rule: at most `most` rounds of a workspace are with the database at the same time; the others of it wait in their order.
 * On failure: a round that fails makes room like every other.
 */
import type { Database } from '../../platform/postgres/database.ts'

type Worker = Pick<Database, 'workerWithWorkspace'>

export function runFewRounds(database: Worker, most: number): Worker {
  const running = new Map<string, { count: number; readonly waiting: (() => void)[] }>()
  return {
    workerWithWorkspace: async (scope, work) => {
      const { workspaceId } = scope
      const here = running.get(workspaceId) ?? { count: 0, waiting: [] }
      running.set(workspaceId, here)
      // Who leaves hands its place over, so that nobody who comes later is before those that wait.
      if (here.count < most) here.count += 1
      else await new Promise<void>((resolve) => here.waiting.push(resolve))
      try {
        return await database.workerWithWorkspace(scope, work)
      } finally {
        const next = here.waiting.shift()
        if (next === undefined) here.count -= 1
        else next()
        if (here.count === 0) running.delete(workspaceId)
      }
    },
  }
}
