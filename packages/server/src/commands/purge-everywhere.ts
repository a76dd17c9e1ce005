import type { Uuid } from '@hyponema/contract'
import { purgeObjects } from '../features/knowledge/public.ts'
import { type PurgeParts, purgeWorkspace, type Removed } from '../features/retention/public.ts'
import { createContentKeys } from '../guards/content-keys.ts'
import type { Clock } from '../kernel/clock.ts'
import type { NewId } from '../kernel/new-id.ts'
import type { WorkspaceScope } from '../kernel/workspace-scope.ts'
import { keyringKeyService } from '../platform/crypto/keyring-key-service.ts'
import { listWorkspaces } from '../platform/postgres/list-workspaces.ts'
import { dropOldPartitions } from './drop-old-partitions.ts'
import type { Installation } from './open-installation.ts'

export type PurgeEverywhere = {
  readonly installation: Pick<Installation, 'database' | 'objects' | 'keyring'>
  readonly clock: Clock
  readonly newId: NewId
  readonly onError: (error: unknown, workspaceId: Uuid | undefined) => void
  readonly onPurged?: (scope: WorkspaceScope, removed: Removed) => void
}

/**
 * Removes in every workspace what is older than its rule and files that no source refers to, then drops months that nobody
 * keeps. What fails in one workspace, as where somebody has put something else into its folder, is told to `onError` and keeps
 * neither the rest of that workspace nor the others from being looked at.
 */
export async function purgeEverywhere(parts: PurgeEverywhere): Promise<void> {
  const { installation, clock, newId, onError, onPurged } = parts
  const { database, objects, keyring } = installation
  const withWorkspace = database.workerWithWorkspace
  const contentKeys = createContentKeys({ epochKeys: keyringKeyService(keyring, 'epoch'), newId })
  const purge: PurgeParts = { withWorkspace, contentKeys, newId, nowMs: () => clock.nowMs() }
  try {
    for await (const scope of listWorkspaces(database.logins.worker)) {
      const tell = (error: unknown): void => onError(error, scope.workspaceId)
      await purgeWorkspace(purge, scope).then((removed) => onPurged?.(scope, removed), tell)
      await purgeObjects({ objects, withWorkspace, clock }, scope).catch(tell)
    }
    await dropOldPartitions({ database, clock, newId })
  } catch (error) {
    onError(error, undefined)
  }
}
