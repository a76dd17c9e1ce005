import type { Uuid } from '@hyponema/contract'
import type { NewId } from '../../kernel/new-id.ts'
import { settleDispatch } from '../../platform/jobs/settle-dispatch.ts'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'
import { insertDeliveries, markDispatched, matchEvents } from './store.ts'

/** Whatever the clocks of this process and of the database say to each other. */
const atOnce = new Date(0)

/**
 * Turns events into what each endpoint is owed, all of a workspace in one transaction, and wakes the endpoints. An event
 * that was fanned out before changes nothing. Returns how many endpoints have something to do.
 */
export async function runFanOut(
  tx: WorkspaceTx,
  options: { eventIds: readonly Uuid[]; now: Date; newId: NewId; claimant: Uuid },
): Promise<number> {
  const { eventIds, now, newId, claimant } = options
  await settleDispatch(tx, { kind: 'outbox', refs: eventIds }, claimant)
  const matched = await matchEvents(tx, eventIds)
  if (matched.length > 0)
    await insertDeliveries(
      tx,
      matched.map((pair) => ({ ...pair, id: newId() })),
      now,
    )
  await markDispatched(tx, eventIds)
  const webhookIds = new Set(matched.map(({ webhookId }) => webhookId))
  for (const webhookId of [...webhookIds].toSorted()) await tx.dispatchPut('webhook', webhookId, atOnce)
  return webhookIds.size
}
