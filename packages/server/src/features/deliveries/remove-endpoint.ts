/**
 * removed, attempts left -> fewer attempts -> no attempts, deliveries left -> fewer deliveries -> none left -> gone
 *
 * Each arrow is one pass in a transaction of its own, so a pass that was killed is simply repeated. A wake-up, never an
 * authority: an endpoint that was not removed loses nothing.
 */
import type { Uuid } from '@hyponema/contract'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'
import { deleteAttemptsOf, deleteDeliveriesOf, deleteRemovedEndpoint, isRemoved } from './store.ts'

/** Of each kind in one transaction, which holds up nobody for long. */
const mostDeleted = 2_000
/** Whatever the clocks of this process and of the database say to each other. */
const atOnce = new Date(0)

/** Removes the next part of what is left of an endpoint, and puts the wake-up for the part after it. */
export async function removeEndpoint(tx: WorkspaceTx, webhookId: Uuid): Promise<void> {
  if (!(await isRemoved(tx, webhookId))) return
  const isGone =
    // Attempts first: a delivery takes its own along, and may have any number of them.
    (await deleteAttemptsOf(tx, webhookId, mostDeleted)) < mostDeleted &&
    (await deleteDeliveriesOf(tx, webhookId, mostDeleted)) < mostDeleted &&
    (await deleteRemovedEndpoint(tx, webhookId))
  if (!isGone) await tx.dispatchPut('webhook_removal', webhookId, atOnce)
}
