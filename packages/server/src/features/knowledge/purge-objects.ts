import type { Uuid } from '@hyponema/contract'
import type { Clock } from '../../kernel/clock.ts'
import type { WorkspaceScope } from '../../kernel/workspace-scope.ts'
import type { ObjectStore } from '../../platform/objects/object-store.ts'
import type { WithWorkspace } from '../../platform/postgres/with-workspace.ts'
import { listStates } from './store.ts'

/** A file is there before its row, by as long as a request takes; nobody's clock is wrong by so much. */
const leastAgeMs = 60 * 60 * 1000

/** Removes files of a workspace that no source refers to: what a request left that was killed before its row came. */
export async function purgeObjects(
  parts: { readonly objects: ObjectStore; readonly withWorkspace: WithWorkspace; readonly clock: Clock },
  scope: WorkspaceScope,
): Promise<number> {
  return parts.objects.sweep(scope.workspaceId, {
    beforeMs: parts.clock.nowMs() - leastAgeMs,
    whichAreKept: async (ids): Promise<ReadonlySet<Uuid>> =>
      new Set((await parts.withWorkspace(scope, (tx) => listStates(tx, ids))).keys()),
  })
}
