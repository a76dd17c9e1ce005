import { type consentSchema, encodeId } from '@hyponema/contract'
import type { z } from 'zod'
import type { ContentKey } from '../../guards/content-keys.ts'
import { openConsent } from './seal-contact.ts'
import type { ConsentRow } from './store.ts'

/** Opens the proof, for somebody who reads it: the caller audits that. */
export function renderConsent(row: ConsentRow, key: ContentKey): z.infer<typeof consentSchema> {
  const { proof, version } = openConsent(key, row.id, row.content)
  return {
    id: encodeId('consent', row.id),
    user_id: encodeId('user', row.userId),
    channel: row.channel,
    class: row.class,
    state: row.state,
    version,
    proof,
    source: row.source,
    at: row.occurredAt.toISOString(),
    created_at: row.createdAt.toISOString(),
  }
}
