/**
 * The keys that a workspace has as a whole: one for the blind index of its people, one for content that is about nobody.
 *
 * Threat: a key that never was committed seals something, two first uses at once seal under two keys, or a key stays in
 * memory for whoever can read it later.
 * Rule: one row a purpose, wrapped by an epoch key and bound to workspace and purpose; two first uses at once read the row
 * that won. What was unwrapped is remembered for 5 minutes at most, only once its row is committed, and wiped after that.
 * On failure: keyring.key_missing or credential.sealed_unreadable; nothing is sealed and nothing is opened.
 */
import type { Uuid } from '@hyponema/contract'
import { AppError } from '../kernel/app-error.ts'
import type { NewId } from '../kernel/new-id.ts'
import type { LocalKeyService } from '../platform/crypto/key-service.ts'
import { randomSecret } from '../platform/crypto/random-secret.ts'
import type { Secret } from '../platform/crypto/secret.ts'
import { createSecretCache } from '../platform/crypto/secret-cache.ts'
import type { WorkspaceTx } from '../platform/postgres/workspace-tx.ts'

export type WorkspaceKeys = {
  /**
   * Lends the workspace's key for the duration of `work`, which must not wait for anything: the key may be wiped as soon as
   * it has returned.
   */
  readonly lend: <T>(tx: WorkspaceTx, work: (key: Secret) => T) => Promise<T>
}

type Purpose = 'content' | 'blind_index'

const maxKeys = 1000

export function createWorkspaceKeys(options: {
  epochKeys: LocalKeyService<'epoch'>
  newId: NewId
  purpose: Purpose
}): WorkspaceKeys {
  // Transactions that made a key: until they commit it may never have existed, so it is not remembered.
  const makers = new WeakSet<WorkspaceTx>()
  const known = createSecretCache(maxKeys)
  return {
    lend: async (tx, work) => {
      const remembered = known.get(tx.workspaceId)
      if (remembered !== undefined) return work(remembered)
      const key = await readOrMake(tx, { ...options, makers })
      try {
        return work(key)
      } finally {
        if (makers.has(tx)) key.destroy()
        else known.set(tx.workspaceId, key)
      }
    },
  }
}

/** The workspace's key, made at its first use. Two first uses at once: one row wins, both read it. */
async function readOrMake(
  tx: WorkspaceTx,
  options: { epochKeys: LocalKeyService<'epoch'>; newId: NewId; purpose: Purpose; makers: WeakSet<WorkspaceTx> },
): Promise<Secret> {
  const { epochKeys, newId, purpose } = options
  const context = workspaceKeyContext(tx.workspaceId, purpose)
  const stored = await readRow(tx, purpose)
  if (stored !== undefined) return epochKeys.unwrap(stored, context)
  options.makers.add(tx)
  const made = randomSecret()
  const wrapped = epochKeys.wrap(made, context)
  made.destroy()
  await tx.db
    .insertInto('tenant.workspace_keys')
    .values({
      workspace_id: tx.workspaceId,
      id: newId(),
      purpose,
      wrapped_key: wrapped.bytes,
      key_id: wrapped.keyId,
    })
    .onConflict((conflict) => conflict.columns(['workspace_id', 'purpose', 'version']).doNothing())
    .execute()
  const winner = await readRow(tx, purpose)
  if (winner === undefined) throw new AppError('keyring.key_missing', `the ${purpose} key of the workspace vanished`)
  return epochKeys.unwrap(winner, context)
}

/** What the wrap of a workspace's key is bound to. */
export function workspaceKeyContext(workspaceId: Uuid, purpose: string): readonly string[] {
  return [purpose, workspaceId]
}

async function readRow(tx: WorkspaceTx, purpose: Purpose) {
  const row = await tx.db
    .selectFrom('tenant.workspace_keys')
    .select(['wrapped_key', 'key_id'])
    .where('purpose', '=', purpose)
    .orderBy('version', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row === undefined ? undefined : { keyId: row.key_id, bytes: row.wrapped_key }
}
