import { encodeId, type userSchema } from '@hyponema/contract'
import type { z } from 'zod'
import type { ContentKeys } from '../../guards/content-keys.ts'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'
import { openExternalId, openProfile } from './seal-profile.ts'
import type { UserRow } from './store.ts'

/** Opens what is sealed, for somebody who reads it: the caller audits that. */
export async function renderUser(
  tx: WorkspaceTx,
  row: UserRow,
  contentKeys: ContentKeys,
): Promise<z.infer<typeof userSchema>> {
  const key = await contentKeys.forUser(tx, row.id)
  const personal = {
    external_id: openExternalId(key, row.id, row.externalId, 'review'),
    profile: openProfile(key, row.id, row.profile, 'review'),
  }
  key.destroy()
  return {
    id: encodeId('user', row.id),
    ...personal,
    time_zone: row.timeZone,
    language: row.language,
    do_not_contact: row.doNotContact,
    created_at: row.createdAt.toISOString(),
    updated_at: row.updatedAt.toISOString(),
  }
}
