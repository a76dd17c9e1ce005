import type { Uuid } from '@hyponema/contract'
import type { ContentKeys } from '../../guards/content-keys.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { NewId } from '../../kernel/new-id.ts'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'
import { setFailing } from './store.ts'

/** Every session of a busy agent meets the same refusal; one event an hour says as much. */
const tellAgainAfterMs = 60 * 60 * 1000

/** Notes that its provider refused the current version: on the credential, and as an event, the first time and then hourly. */
export async function recordRefusal(
  tx: WorkspaceTx,
  refusal: {
    readonly id: Uuid
    readonly version: number
    readonly reason: 'rejected' | 'quota'
    readonly sessionId: Uuid | null
    readonly clock: Clock
    readonly newId: NewId
    readonly contentKeys: ContentKeys
  },
): Promise<void> {
  const { id, version } = refusal
  const nowMs = refusal.clock.nowMs()
  await setFailing(tx, { id, version, now: new Date(nowMs), tellAgainBefore: new Date(nowMs - tellAgainAfterMs) })
}
