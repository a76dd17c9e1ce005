import type { Uuid } from '@hyponema/contract'
import type { ContentKeys } from '../../guards/content-keys.ts'
import type { NewId } from '../../kernel/new-id.ts'
import { settleDispatch } from '../../platform/jobs/settle-dispatch.ts'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'
import { purgeOldEvents } from './purge-old-events.ts'
import { type Disabled, turnOffWhenFailing } from './record-results.ts'
import { findEndpoint } from './store.ts'

const dayMs = 24 * 60 * 60 * 1000
/** Until the next look, where there was more than that. */
const soonMs = 1_000

/**
 * The daily look at an endpoint: attempts and events of its workspace that are older than 30 days go, what still waits of
 * them has failed, and an endpoint that failed for five days without one success is turned off, whether or not there was
 * anything to send.
 */
export async function runCare(
  tx: WorkspaceTx,
  options: { webhookId: Uuid; nowMs: number; contentKeys: ContentKeys; newId: NewId; claimant: Uuid },
): Promise<Disabled | undefined> {
  const { webhookId, nowMs, contentKeys, newId, claimant } = options
  const settled = await settleDispatch(tx, { kind: 'webhook_care', refs: [webhookId] }, claimant)
  if (settled.length === 0 || (await findEndpoint(tx, webhookId)) === undefined) return undefined
  const { hasMore } = await purgeOldEvents(tx, { nowMs })
  await tx.dispatchPut('webhook_care', webhookId, new Date(nowMs + (hasMore ? soonMs : dayMs)))
  return turnOffWhenFailing(tx, { contentKeys, newId }, { webhookId, now: new Date(nowMs) })
}
