/**
 * Threat: a budget of a day is used up twice, by sessions that know nothing of each other.
 * Rule: a day is a day of UTC, as for the limits of a workspace: nobody moves it by moving a person's zone. A call is counted before
 * it is made, in a transaction of its own, for the person and the tool's name, whatever agent and session it is of. A call that
 * fails counts.
 * On failure: the call is not made, and the turn fails.
 */
import type { Uuid } from '@hyponema/contract'
import { countToolDay, deleteToolDays, takeToolDay } from '../../features/tools/public.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { WorkspaceScope } from '../../kernel/workspace-scope.ts'
import type { Database } from '../../platform/postgres/database.ts'

/** The calls of one person's day. */
export type ToolDays = {
  /** How many were made of this tool. */
  readonly count: (tool: string) => Promise<number>
  /** Counts one more, unless `most` were made. How many were made before: fewer than `most` means that it counts. */
  readonly take: (tool: string, most: number) => Promise<number>
}

type Whose = { readonly scope: WorkspaceScope; readonly userId: Uuid }

const dayMs = 24 * 60 * 60 * 1000
/** A process whose clock is late still finds its day. */
const keptDays = 1

export function createToolDays(
  { database, clock }: { readonly database: Pick<Database, 'withWorkspace'>; readonly clock: Clock },
  { scope, userId }: Whose,
): ToolDays {
  const day = (back = 0): string => new Date(clock.nowMs() - back * dayMs).toISOString().slice(0, 10)
  return {
    count: (tool) => database.withWorkspace(scope, (tx) => countToolDay(tx, { userId, tool, day: day() })),
    take: (tool, most) =>
      database.withWorkspace(scope, async (tx) => {
        await deleteToolDays(tx, { userId, before: day(keptDays) })
        return await takeToolDay(tx, { userId, tool, day: day(), most })
      }),
  }
}
