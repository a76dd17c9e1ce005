import type { Uuid, updateUserSchema } from '@hyponema/contract'
import type { z } from 'zod'
import type { AuditedTx } from '../../guards/audited-transaction.ts'
import type { ContentKeys } from '../../guards/content-keys.ts'
import type { Clock } from '../../kernel/clock.ts'
import { notFound } from '../../kernel/path-id.ts'
import { sealProfile } from './seal-profile.ts'
import { findUser, lockUser, updateUserRow } from './store.ts'

/** Lent by contact, which knows users and not the other way round: takes back what is reserved and was not used yet. */
export type CancelContacts = (tx: AuditedTx, of: { readonly userId: Uuid; readonly now: Date }) => Promise<number>

/** Changes the fields that are given. The audit event names the fields, never their values. */
export async function updateUser(
  tx: AuditedTx,
  input: {
    id: Uuid
    change: z.infer<typeof updateUserSchema>
    clock: Clock
    contentKeys: ContentKeys
    cancelContacts: CancelContacts
  },
): Promise<void> {
  const { id, change } = input
  // What is not changed is written as it was read, so nobody may set it in between: least of all that the person wants no contact.
  await lockUser(tx, id)
  const user = await findUser(tx, id)
  if (user === undefined) throw notFound('user')
  const key = await input.contentKeys.forUser(tx, id)
  const profile = change.profile === undefined ? user.profile : sealProfile(key, id, change.profile)
  key.destroy()
  const now = new Date(input.clock.nowMs())
  await updateUserRow(tx, {
    id,
    now,
    profile,
    timeZone: change.time_zone === undefined ? user.timeZone : change.time_zone,
    language: change.language === undefined ? user.language : change.language,
    doNotContact: change.do_not_contact ?? user.doNotContact,
  })
  if (change.do_not_contact === true) await input.cancelContacts(tx, { userId: id, now })
  await tx.audit({
    action: 'user.updated',
    target: { kind: 'user', id },
    after: { fields: Object.keys(change).sort() },
  })
}
