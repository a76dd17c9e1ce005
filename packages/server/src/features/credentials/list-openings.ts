import type { Uuid } from '@hyponema/contract'
import type { Cursor } from '../../kernel/cursor.ts'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'
import type { OpeningRow } from './store.ts'

/** Newest first, by when each began. */
export async function listOpenings(
  tx: WorkspaceTx,
  page: { credentialId: Uuid; cursor: Cursor; limit: number },
): Promise<OpeningRow[]> {
  const query = tx.db
    .selectFrom('tenant.credential_openings')
    .select([
      'id',
      'session_id as sessionId',
      'version',
      'purpose',
      'openings',
      'first_opened_at as firstOpenedAt',
      'last_opened_at as lastOpenedAt',
    ])
    .where('credential_id', '=', page.credentialId)
    .orderBy('id', 'desc')
    .limit(page.limit + 1)
  return (page.cursor === undefined ? query : query.where('id', '<', page.cursor)).execute()
}
