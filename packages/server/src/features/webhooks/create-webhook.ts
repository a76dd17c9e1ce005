import { type createWebhookSchema, encodeId, type Uuid } from '@hyponema/contract'
import type { z } from 'zod'
import type { AuditedTx } from '../../guards/audited-transaction.ts'
import { AppError } from '../../kernel/app-error.ts'
import type { Clock } from '../../kernel/clock.ts'
import { notFound } from '../../kernel/path-id.ts'
import type { Principal } from '../../kernel/principal.ts'
import { principalName } from '../../kernel/principal-name.ts'
import { insertCredential } from '../credentials/public.ts'
import { lockWorkspace } from '../workspaces/public.ts'
import type { SealedSecret, WebhookSecrets } from './seal-webhook-secrets.ts'
import { countWebhooks, insertWebhook } from './store.ts'

/** More endpoints than that are a fan-out of its own, and every event would be sent that many times. */
const maxWebhooks = 50

const dayMs = 24 * 60 * 60 * 1000

/** `secret` is stored sealed and shown by this request alone. */
export type CreatedWebhook = { readonly id: Uuid; readonly secret: string }

/** Makes an endpoint whose URL has been judged. It is unverified: nothing is sent but a challenge that somebody asks for. */
export async function createWebhook(
  tx: AuditedTx,
  input: {
    readonly principal: Principal
    readonly clock: Clock
    readonly secrets: WebhookSecrets
    readonly body: z.infer<typeof createWebhookSchema>
    readonly host: string
  },
): Promise<CreatedWebhook> {
  const { clock, body, host } = input
  const { id, hmac, ed25519 } = input.secrets
  if ((await lockWorkspace(tx)) === undefined) throw notFound('workspace')
  if ((await countWebhooks(tx)) >= maxWebhooks)
    throw new AppError('webhook.too_many', `the workspace has ${maxWebhooks} endpoints`)
  const createdBy = principalName(input.principal).id
  const of = { webhookId: id, createdBy }
  await insertSecret(tx, hmac, { ...of, provider: 'standard_webhooks' })
  if (ed25519 !== undefined) await insertSecret(tx, ed25519, { ...of, provider: 'standard_webhooks_ed25519' })
  await insertWebhook(tx, {
    id,
    url: body.url,
    description: body.description,
    eventTypes: body.event_types,
    ordered: body.ordered,
    hmacCredentialId: hmac.credentialId,
    ed25519CredentialId: ed25519?.credentialId ?? null,
    publicKey: ed25519?.publicKey ?? null,
    createdBy,
    createdAt: new Date(clock.nowMs()),
  })
  await tx.dispatchPut('webhook_care', id, new Date(clock.nowMs() + dayMs))
  await tx.audit({
    action: 'webhook.created',
    target: { kind: 'webhook', id },
    after: { host, event_types: body.event_types, ordered: body.ordered, asymmetric: body.asymmetric },
  })
  return { id, secret: hmac.shown }
}

async function insertSecret(
  tx: AuditedTx,
  { credentialId: id, hint, sealed }: SealedSecret,
  of: { readonly webhookId: Uuid; readonly createdBy: string; readonly provider: string },
): Promise<void> {
  const { createdBy, provider } = of
  const label = encodeId('webhook', of.webhookId)
  await insertCredential(tx, { id, kind: 'webhook', provider, label, hint, baseUrl: null, createdBy }, sealed)
}
