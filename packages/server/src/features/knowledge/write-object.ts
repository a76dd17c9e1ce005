import type { Uuid } from '@hyponema/contract'
import type { ContentKeys } from '../../guards/content-keys.ts'
import type { WorkspaceScope } from '../../kernel/workspace-scope.ts'
import type { ContentPurpose } from '../../platform/crypto/sealed-content.ts'
import type { ObjectStore } from '../../platform/objects/object-store.ts'
import type { WithWorkspace } from '../../platform/postgres/with-workspace.ts'

export type ObjectParts = {
  readonly contentKeys: Pick<ContentKeys, 'forWorkspace'>
  readonly objects: ObjectStore
  /** In the login of whoever acts. */
  readonly withWorkspace: WithWorkspace
}

export type SourcePlace = { readonly scope: WorkspaceScope; readonly id: Uuid }

/**
 * Keeps the bytes of a source, sealed under the key of its workspace. In a transaction of its own, which commits the key before
 * anything is sealed under it: a key whose transaction was rolled back never was.
 */
export async function writeObject(parts: ObjectParts, { scope, id }: SourcePlace, bytes: Uint8Array): Promise<void> {
  const key = await parts.withWorkspace(scope, (tx) => parts.contentKeys.forWorkspace(tx))
  try {
    const sealed = key.sealBytes(placeOf(id), bytes)
    await parts.objects.put({ workspaceId: scope.workspaceId, objectId: id }, sealed)
  } finally {
    key.destroy()
  }
}

/** The bytes as they were sent, or undefined where there are none; throws credential.sealed_unreadable where they were altered. */
export async function readObject(
  parts: ObjectParts,
  { scope, id }: SourcePlace,
  purpose: ContentPurpose,
): Promise<Buffer | undefined> {
  const sealed = await parts.objects.get({ workspaceId: scope.workspaceId, objectId: id })
  if (sealed === undefined) return undefined
  const key = await parts.withWorkspace(scope, (tx) => parts.contentKeys.forWorkspace(tx))
  try {
    return key.openBytes(placeOf(id), sealed, purpose)
  } finally {
    key.destroy()
  }
}

function placeOf(rowId: Uuid) {
  return { table: 'knowledge', column: 'object', rowId }
}
