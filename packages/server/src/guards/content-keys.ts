/**
 * The keys of personal data, in the workspace of one transaction.
 *
 * Threat: one person's words open with another person's key, or survive the person's erasure.
 * Rule: each user has a data key, wrapped by an epoch key (never by the key-encryption key of credentials) and stored
 * beside the user; destroying that row destroys the content. What is about nobody lies under a key of the workspace, and
 * external ids are found through a blind index under another one (workspace-keys.ts).
 * On failure: keyring.key_missing or credential.sealed_unreadable; nothing is opened.
 */
import type { Uuid } from '@hyponema/contract'
import { AppError } from '../kernel/app-error.ts'
import type { NewId } from '../kernel/new-id.ts'
import type { LocalKeyService } from '../platform/crypto/key-service.ts'
import { keyedHash } from '../platform/crypto/keyed-hash.ts'
import { randomSecret } from '../platform/crypto/random-secret.ts'
import {
  type ContentPlace,
  type ContentPurpose,
  openContent,
  openContentBytes,
  type SealedContent,
  sealContent,
  sealContentBytes,
} from '../platform/crypto/sealed-content.ts'
import { Secret } from '../platform/crypto/secret.ts'
import type { WorkspaceTx } from '../platform/postgres/workspace-tx.ts'
import { createWorkspaceKeys } from './workspace-keys.ts'

type RowPlace = Pick<ContentPlace, 'table' | 'column' | 'rowId'>

/** Seals and opens the content of one owner. */
export type ContentKey = {
  readonly seal: (place: RowPlace, text: string) => SealedContent
  readonly open: (place: RowPlace, sealed: SealedContent, purpose: ContentPurpose) => string
  /** Wipes the key; whoever asked for it does it, a live session at its end. */
  readonly destroy: () => void
}

/** The key of one user. */
export type UserContentKey = ContentKey

/** The key of a workspace as a whole, which seals files too. */
export type WorkspaceContentKey = ContentKey & {
  /** The caller's bytes stay the caller's. */
  readonly sealBytes: (place: RowPlace, plain: Uint8Array) => SealedContent
  readonly openBytes: (place: RowPlace, sealed: Uint8Array, purpose: ContentPurpose) => Buffer
}

export type ContentKeys = {
  /** The key of a user of this workspace. Throws when it is gone, which is what erasure means. */
  readonly forUser: (tx: WorkspaceTx, userId: Uuid) => Promise<UserContentKey>
  /**
   * How to unwrap the key of each of those users who has one; of whom was erased there is none. The same user may be named more
   * than once, `null` is nobody, and where nobody is named nothing is asked.
   */
  readonly forUsers: (
    tx: WorkspaceTx,
    userIds: readonly (Uuid | null)[],
  ) => Promise<ReadonlyMap<Uuid, () => UserContentKey>>
  /** The key for content that is about nobody. It may hold no identifier of a user but our own public id. */
  readonly forWorkspace: (tx: WorkspaceTx) => Promise<WorkspaceContentKey>
  /** A new key for a user whose row is being written; `store` it in the same transaction, after that row. */
  readonly makeUserKey: (
    workspaceId: Uuid,
    userId: Uuid,
  ) => { readonly key: UserContentKey; readonly store: (tx: WorkspaceTx) => Promise<void> }
  /** HMAC-SHA-256 of an external id under the workspace's index key: equal ids of two workspaces have nothing in common. */
  readonly blindIndex: (tx: WorkspaceTx, externalId: string) => Promise<Buffer>
}

export function createContentKeys(options: { epochKeys: LocalKeyService<'epoch'>; newId: NewId }): ContentKeys {
  const { epochKeys, newId } = options
  const indexKeys = createWorkspaceKeys({ epochKeys, newId, purpose: 'blind_index' })
  const workspaceKeys = createWorkspaceKeys({ epochKeys, newId, purpose: 'content' })
  const forUsers: ContentKeys['forUsers'] = async (tx, named) => {
    const userIds = [...new Set(named.flatMap((userId) => userId ?? []))]
    const rows = userIds.length === 0 ? [] : await readUserKeys(tx, userIds)
    return new Map(
      rows.map(({ user_id: userId, wrapped_key: bytes, epoch_key_id: keyId }) => {
        const unwrap = () => epochKeys.unwrap({ keyId, bytes }, userKeyContext(tx.workspaceId, userId))
        return [userId, () => contentKey(unwrap(), tx.workspaceId, userId)]
      }),
    )
  }
  return {
    forUser: async (tx, userId) => {
      const unwrap = (await forUsers(tx, [userId])).get(userId)
      if (unwrap === undefined) throw new AppError('keyring.key_missing', `user ${userId} has no data key`)
      return unwrap()
    },
    forUsers,
    // A copy of its own, because the remembered one may be wiped at any moment.
    forWorkspace: (tx) =>
      workspaceKeys.lend(tx, (key) =>
        contentKey(
          key.use((bytes) => new Secret(bytes)),
          tx.workspaceId,
          tx.workspaceId,
        ),
      ),
    makeUserKey: (workspaceId, userId) => {
      const secret = randomSecret()
      const wrapped = epochKeys.wrap(secret, userKeyContext(workspaceId, userId))
      return {
        key: contentKey(secret, workspaceId, userId),
        store: async (tx) => {
          if (tx.workspaceId !== workspaceId)
            throw new AppError('server.internal', 'the key was made for another workspace')
          await tx.db
            .insertInto('tenant.user_keys')
            .values({
              workspace_id: tx.workspaceId,
              user_id: userId,
              wrapped_key: wrapped.bytes,
              epoch_key_id: wrapped.keyId,
            })
            .execute()
        },
      }
    },
    blindIndex: (tx, externalId) => indexKeys.lend(tx, (key) => keyedHash(key, externalId.normalize('NFC'))),
  }
}

function contentKey(secret: Secret, workspaceId: Uuid, ownerId: Uuid): WorkspaceContentKey {
  const owner = { workspaceId, ownerId }
  return {
    seal: (place, text) => sealContent(secret, { ...place, ...owner }, text),
    open: (place, sealed, purpose) => openContent(secret, { ...place, ...owner }, sealed, purpose),
    sealBytes: (place, plain) => sealContentBytes(secret, { ...place, ...owner }, plain),
    openBytes: (place, sealed, purpose) => openContentBytes(secret, { ...place, ...owner }, sealed, purpose),
    destroy: () => secret.destroy(),
  }
}

async function readUserKeys(tx: WorkspaceTx, userIds: readonly Uuid[]) {
  return tx.db
    .selectFrom('tenant.user_keys')
    .select(['user_id', 'wrapped_key', 'epoch_key_id'])
    .where((eb) => eb('user_id', '=', eb.fn.any(eb.val(userIds))))
    .execute()
}

/** What the wrap of a user's data key is bound to. */
export function userKeyContext(workspaceId: Uuid, userId: Uuid): readonly string[] {
  return ['user', workspaceId, userId]
}
