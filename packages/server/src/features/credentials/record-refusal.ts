import { type EventData, encodeId, type Uuid } from '@hyponema/contract'
import type { ContentKeys } from '../../guards/content-keys.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { NewId } from '../../kernel/new-id.ts'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'
import { recordEvent } from '../webhooks/public.ts'
import { setFailing } from './store.ts'

/** Every session of a busy agent meets the same refusal; one event an hour says as much. */
const tellAgainAfterMs = 60 * 60 * 1000

export type RefusalReason = EventData<'credential.failing'>['reason']

/** Notes that its provider refused the current version: on the credential, and as an event, the first time and then hourly. */
export async function recordRefusal(
  tx: WorkspaceTx,
  refusal: {
    readonly id: Uuid
    readonly version: number
    readonly reason: RefusalReason
    readonly clock: Clock
    readonly newId: NewId
    readonly contentKeys: ContentKeys
  },
): Promise<void> {
  const { id, version, reason, contentKeys, newId } = refusal
  const now = new Date(refusal.clock.nowMs())
  const tellAgainBefore = new Date(now.getTime() - tellAgainAfterMs)
  const told = await setFailing(tx, { id, version, now, tellAgainBefore })
  if (told === undefined) return
  const { kind, since } = told
  const data = { credential_id: encodeId('credential', id), version, kind, reason, failing_since: since.toISOString() }
  const event = { id: newId(), type: 'credential.failing', userId: null, sessionId: null, createdAt: now } as const
  await recordEvent(tx, { ...event, contentKeys, data })
}
