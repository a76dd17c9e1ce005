import type { Uuid } from '@hyponema/contract'
import { purgeOldEvents } from '../features/deliveries/public.ts'
import { purgeObjects } from '../features/knowledge/public.ts'
import type { Clock } from '../kernel/clock.ts'
import { listWorkspaces } from '../platform/postgres/list-workspaces.ts'
import type { Installation } from './open-installation.ts'

/**
 * Removes events that are old in workspaces that have no endpoint and so no daily look of their own, and files that no source
 * refers to. What fails in one workspace, as where somebody has put something else into its folder, is told to `onError` and keeps
 * neither the rest of that workspace nor the others from being looked at.
 */
export async function purgeEverywhere(parts: {
  readonly installation: Pick<Installation, 'database' | 'objects'>
  readonly clock: Clock
  readonly onError: (error: unknown, workspaceId: Uuid | undefined) => void
}): Promise<void> {
  const { installation, clock, onError } = parts
  const { database, objects } = installation
  const withWorkspace = database.workerWithWorkspace
  try {
    for await (const scope of listWorkspaces(database.logins.worker)) {
      const tell = (error: unknown): void => onError(error, scope.workspaceId)
      const purge = (): Promise<boolean> => withWorkspace(scope, (tx) => purgeOldEvents(tx, clock.nowMs()))
      let hasMore = await purge().catch(tell)
      while (hasMore === true) hasMore = await purge().catch(tell)
      await purgeObjects({ objects, withWorkspace, clock }, scope).catch(tell)
    }
  } catch (error) {
    onError(error, undefined)
  }
}
