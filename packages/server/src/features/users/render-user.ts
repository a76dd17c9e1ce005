import { encodeId, type userSchema } from '@hyponema/contract'
import type { z } from 'zod'
import type { ContentKeys } from '../../guards/content-keys.ts'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'
import { openExternalId, openProfile } from './seal-profile.ts'
import type { UserRow } from './store.ts'

export async function renderUser(
  tx: WorkspaceTx,
  row: UserRow,
  contentKeys: ContentKeys,
): Promise<z.infer<typeof userSchema>> {
  const key = await contentKeys.forUser(tx, row.id)
  return {
    id: encodeId('user', row.id),
    external_id: openExternalId(key, row.id, row.externalId, 'conversation'),
    profile: openProfile(key, row.id, row.profile, 'conversation'),
    time_zone: row.timeZone,
    language: row.language,
    do_not_contact: row.doNotContact,
    created_at: row.createdAt.toISOString(),
    updated_at: row.updatedAt.toISOString(),
  }
}
