import type { createUserSchema, Uuid } from '@hyponema/contract'
import type { z } from 'zod'
import type { AuditedTx } from '../../guards/audited-transaction.ts'
import type { ContentKeys } from '../../guards/content-keys.ts'
import { AppError } from '../../kernel/app-error.ts'
import type { NewId } from '../../kernel/new-id.ts'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'
import { sealExternalId, sealProfile } from './seal-profile.ts'
import { findUserByExternalId, insertUser } from './store.ts'

type NewUser = z.infer<typeof createUserSchema>

/** Makes a user with a data key of their own. An external id that is taken is a conflict. */
export async function createUser(
  tx: AuditedTx,
  input: { user: NewUser; newId: NewId; contentKeys: ContentKeys },
): Promise<Uuid> {
  const id = await insertNewUser(tx, input)
  if (id === undefined) {
    throw new AppError('request.invalid', 'external id taken', {
      errors: [{ pointer: '/external_id', detail: 'a user with this external id exists; read or change that one' }],
    })
  }
  await tx.audit({ action: 'user.created', target: { kind: 'user', id } })
  return id
}

/** The user with this external id, made now if it is their first session. */
export async function ensureUser(
  tx: WorkspaceTx,
  input: { externalId: string; newId: NewId; contentKeys: ContentKeys },
): Promise<{ readonly id: Uuid }> {
  const index = await input.contentKeys.blindIndex(tx, input.externalId)
  const existing = await findUserByExternalId(tx, index)
  if (existing !== undefined) return { id: existing.id }
  const user = { external_id: input.externalId, profile: null, time_zone: null, language: null, do_not_contact: false }
  const id = await insertNewUser(tx, { ...input, user })
  if (id !== undefined) return { id }
  const other = await findUserByExternalId(tx, index)
  if (other === undefined) throw new AppError('request.conflict', 'user vanished between two reads')
  return { id: other.id }
}

/** Undefined when the external id is taken. The data key is made first, because the row is sealed with it. */
async function insertNewUser(
  tx: WorkspaceTx,
  input: { user: NewUser; newId: NewId; contentKeys: ContentKeys },
): Promise<Uuid | undefined> {
  const { user, contentKeys } = input
  const id = input.newId()
  const pending = contentKeys.makeUserKey(tx.workspaceId, id)
  const inserted = await insertUser(tx, {
    id,
    externalIdIndex: await contentKeys.blindIndex(tx, user.external_id),
    externalId: sealExternalId(pending.key, id, user.external_id),
    profile: sealProfile(pending.key, id, user.profile),
    timeZone: user.time_zone,
    language: user.language,
    doNotContact: user.do_not_contact,
  })
  pending.key.destroy()
  if (!inserted) return undefined
  await pending.store(tx)
  return id
}
