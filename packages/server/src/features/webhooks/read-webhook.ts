import type { Uuid } from '@hyponema/contract'
import { notFound } from '../../kernel/path-id.ts'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'
import { findWebhook, type WebhookRow } from './store.ts'

/** An endpoint of this workspace, or request.not_found. */
export async function readWebhook(tx: WorkspaceTx, id: Uuid): Promise<WebhookRow> {
  const row = await findWebhook(tx, id)
  if (row === undefined) throw notFound('webhook')
  return row
}
