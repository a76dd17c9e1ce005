/**
 * The keys of personal data, in the workspace of one transaction.
 *
 * Threat: one person's words open with another person's key, or survive the person's erasure.
 * Rule: each user has a data key, wrapped by an epoch key (never by the key-encryption key of credentials) and stored
 * beside the user; destroying that row destroys the content. External ids are found through a blind index under a key of
 * the workspace.
 * On failure: keyring.key_missing or credential.sealed_unreadable; nothing is opened.
 */
import type { Uuid } from '@hyponema/contract'
import { LRUCache } from 'lru-cache'
import { AppError } from '../kernel/app-error.ts'
import type { NewId } from '../kernel/new-id.ts'
import type { LocalKeyService } from '../platform/crypto/key-service.ts'
import { keyedHash } from '../platform/crypto/keyed-hash.ts'
import { randomSecret } from '../platform/crypto/random-secret.ts'
import {
  type ContentPlace,
  type ContentPurpose,
  openContent,
  type SealedContent,
  sealContent,
} from '../platform/crypto/sealed-content.ts'
import type { Secret } from '../platform/crypto/secret.ts'
import type { WorkspaceTx } from '../platform/postgres/workspace-tx.ts'

type RowPlace = Pick<ContentPlace, 'table' | 'column' | 'rowId'>

/** Seals and opens the content of one user. */
export type UserContentKey = {
  readonly seal: (place: RowPlace, text: string) => SealedContent
  readonly open: (place: RowPlace, sealed: SealedContent, purpose: ContentPurpose) => string
  /** Wipes the key; a live session does it at its end. */
  readonly destroy: () => void
}

export type ContentKeys = {
  /** The key of a user of this workspace. Throws when it is gone, which is what erasure means. */
  readonly forUser: (tx: WorkspaceTx, userId: Uuid) => Promise<UserContentKey>
  /** A new key for a user whose row is being written; `store` it in the same transaction, after that row. */
  readonly makeUserKey: (
    workspaceId: Uuid,
    userId: Uuid,
  ) => { readonly key: UserContentKey; readonly store: (tx: WorkspaceTx) => Promise<void> }
  /** HMAC-SHA-256 of an external id under the workspace's index key: equal ids of two workspaces have nothing in common. */
  readonly blindIndex: (tx: WorkspaceTx, externalId: string) => Promise<Buffer>
}

/** Workspace-level keys stay unwrapped at most 5 minutes (secrets-and-outbound 1). */
const indexKeyTtlMs = 5 * 60 * 1000
const maxIndexKeys = 1000

export function createContentKeys(options: { epochKeys: LocalKeyService<'epoch'>; newId: NewId }): ContentKeys {
  const { epochKeys, newId } = options
  // Transactions that made an index key: until they commit it may never have existed, so it is not remembered.
  const makers = new WeakSet<WorkspaceTx>()
  const indexKeys = new LRUCache<Uuid, Secret>({
    max: maxIndexKeys,
    ttl: indexKeyTtlMs,
    // Without it a key that nobody asks for again would stay in memory past its time.
    ttlAutopurge: true,
    dispose: (key) => key.destroy(),
  })
  return {
    forUser: async (tx, userId) => {
      const row = await tx.db
        .selectFrom('tenant.user_keys')
        .select(['wrapped_key', 'epoch_key_id'])
        .where('user_id', '=', userId)
        .executeTakeFirst()
      if (row === undefined) throw new AppError('keyring.key_missing', `user ${userId} has no data key`)
      const wrapped = { keyId: row.epoch_key_id, bytes: row.wrapped_key }
      return contentKey(epochKeys.unwrap(wrapped, userContext(tx.workspaceId, userId)), tx.workspaceId, userId)
    },
    makeUserKey: (workspaceId, userId) => {
      const secret = randomSecret()
      const wrapped = epochKeys.wrap(secret, userContext(workspaceId, userId))
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
    blindIndex: async (tx, externalId) => {
      const text = externalId.normalize('NFC')
      const known = indexKeys.get(tx.workspaceId)
      if (known !== undefined) return keyedHash(known, text)
      const key = await indexKey(tx, { keys: epochKeys, newId, makers })
      const hash = keyedHash(key, text)
      if (makers.has(tx)) key.destroy()
      else indexKeys.set(tx.workspaceId, key)
      return hash
    },
  }
}

function contentKey(secret: Secret, workspaceId: Uuid, ownerId: Uuid): UserContentKey {
  return {
    seal: (place, text) => sealContent(secret, { ...place, workspaceId, ownerId }, text),
    open: (place, sealed, purpose) => openContent(secret, { ...place, workspaceId, ownerId }, sealed, purpose),
    destroy: () => secret.destroy(),
  }
}

/** The workspace's index key, made at its first use. Two first uses at once: one row wins, both read it. */
async function indexKey(
  tx: WorkspaceTx,
  options: { keys: LocalKeyService<'epoch'>; newId: NewId; makers: WeakSet<WorkspaceTx> },
): Promise<Secret> {
  const { keys, newId } = options
  const context = ['blind_index', tx.workspaceId]
  const stored = await readIndexKey(tx)
  if (stored !== undefined) return keys.unwrap(stored, context)
  options.makers.add(tx)
  const made = randomSecret()
  const wrapped = keys.wrap(made, context)
  made.destroy()
  await tx.db
    .insertInto('tenant.workspace_keys')
    .values({
      workspace_id: tx.workspaceId,
      id: newId(),
      purpose: 'blind_index',
      wrapped_key: wrapped.bytes,
      key_id: wrapped.keyId,
    })
    .onConflict((conflict) => conflict.columns(['workspace_id', 'purpose', 'version']).doNothing())
    .execute()
  const winner = await readIndexKey(tx)
  if (winner === undefined) throw new AppError('keyring.key_missing', 'the index key of the workspace vanished')
  return keys.unwrap(winner, context)
}

async function readIndexKey(tx: WorkspaceTx) {
  const row = await tx.db
    .selectFrom('tenant.workspace_keys')
    .select(['wrapped_key', 'key_id'])
    .where('purpose', '=', 'blind_index')
    .orderBy('version', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row === undefined ? undefined : { keyId: row.key_id, bytes: row.wrapped_key }
}

function userContext(workspaceId: Uuid, userId: Uuid): readonly string[] {
  return ['user', workspaceId, userId]
}
