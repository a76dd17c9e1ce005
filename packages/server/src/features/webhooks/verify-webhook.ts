/**
 * unverified or disabled -> challenged (audited, sent outside any transaction) -> echoed: enabled | anything else: as it was
 *
 * Threat: a proof for one URL enables another one, or an operator's later decision is undone by an older proof.
 * Rule: what was challenged is compared with the row, locked, before the proof counts: another URL is a conflict, and an
 * endpoint whose state has changed meanwhile keeps it. The secrets and the random bytes are used for one request.
 * On failure: request.conflict for a URL that has changed; the endpoint receives nothing.
 */
import type { Uuid } from '@hyponema/contract'
import type { AuditedTx } from '../../guards/audited-transaction.ts'
import { AppError } from '../../kernel/app-error.ts'
import type { Clock } from '../../kernel/clock.ts'
import { notFound } from '../../kernel/path-id.ts'
import { listLiveVersions } from '../credentials/public.ts'
import { readOutboundHosts } from '../workspaces/public.ts'
import type { ChallengedEndpoint, ChallengeResult } from './send-challenge.ts'
import { findWebhook, lockWebhook, setWebhook, type WebhookRow } from './store.ts'

export type Challenged = { readonly webhook: WebhookRow; readonly endpoint: ChallengedEndpoint }

/** Reads what a challenge needs, and writes that one is sent. */
export async function startChallenge(tx: AuditedTx, id: Uuid): Promise<Challenged> {
  const webhook = await findWebhook(tx, id)
  if (webhook === undefined) throw notFound('webhook')
  const { ed25519CredentialId } = webhook
  const endpoint = {
    workspaceId: tx.workspaceId,
    onlyHosts: await readOutboundHosts(tx),
    url: webhook.url,
    hmac: await listLiveVersions(tx, webhook.hmacCredentialId),
    ed25519: ed25519CredentialId === null ? [] : await listLiveVersions(tx, ed25519CredentialId),
  }
  await tx.audit({ action: 'webhook.challenged', target: { kind: 'webhook', id } })
  return { webhook, endpoint }
}

/** Writes what came of it; an echo enables the endpoint. */
export async function finishChallenge(
  tx: AuditedTx,
  { challenged, result, clock }: { challenged: WebhookRow; result: ChallengeResult; clock: Clock },
): Promise<void> {
  const { id } = challenged
  const webhook = await lockWebhook(tx, id)
  if (webhook === undefined) throw notFound('webhook')
  if (webhook.url !== challenged.url) throw new AppError('request.conflict', `webhook ${id} has another URL by now`)
  const after = { outcome: result.outcome, status_code: result.statusCode }
  if (result.outcome !== 'succeeded') {
    await tx.audit({ action: 'webhook.verification_failed', target: { kind: 'webhook', id }, after })
    return
  }
  const now = new Date(clock.nowMs())
  const isEnabled = webhook.state === challenged.state
  await setWebhook(tx, {
    id,
    now,
    verifiedAt: now,
    ...(isEnabled ? { state: 'enabled', disabledReason: null, failingSince: null, consecutiveFailures: 0 } : {}),
  })
  if (isEnabled) await tx.dispatchPut('webhook', id, now)
  await tx.audit({ action: 'webhook.verified', target: { kind: 'webhook', id }, after })
}
