import type { Uuid } from '@hyponema/contract'
import type { AuditedTx } from '../../guards/audited-transaction.ts'
import type { Clock } from '../../kernel/clock.ts'
import { notFound } from '../../kernel/path-id.ts'
import { lockApiKey, setRevoked } from './store.ts'

/** Ends a key at once here, and within five seconds on other servers (guards/known-keys.ts). Revoking it again changes nothing and leaves no event. */
export async function revokeApiKey(tx: AuditedTx, input: { id: Uuid; clock: Clock }): Promise<void> {
  const key = await lockApiKey(tx, input.id)
  if (key === undefined) throw notFound('API key')
  if (key.revokedAt !== null) return tx.withoutChange(undefined)
  const now = new Date(input.clock.nowMs())
  await setRevoked(tx, { id: input.id, now })
  await tx.audit({
    action: 'api_key.revoked',
    target: { kind: 'apiKey', id: input.id },
    before: { revoked_at: null },
    after: { revoked_at: now.toISOString() },
  })
}
