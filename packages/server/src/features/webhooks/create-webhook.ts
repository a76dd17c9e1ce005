import { type createWebhookSchema, encodeId, type Uuid } from '@hyponema/contract'
import type { z } from 'zod'
import type { AuditedTx } from '../../guards/audited-transaction.ts'
import { AppError } from '../../kernel/app-error.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { NewId } from '../../kernel/new-id.ts'
import { notFound } from '../../kernel/path-id.ts'
import type { Principal } from '../../kernel/principal.ts'
import { principalName } from '../../kernel/principal-name.ts'
import type { CredentialSealer } from '../../platform/crypto/credential-sealer.ts'
import { newEd25519Secret, newHmacSecret, renderHmacSecret } from '../../platform/crypto/webhook-signature.ts'
import { insertSealedCredential } from '../credentials/public.ts'
import { lockWorkspace } from '../workspaces/public.ts'
import { renderKeyHint } from './render-key-hint.ts'
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
    readonly newId: NewId
    readonly sealer: CredentialSealer
    readonly body: z.infer<typeof createWebhookSchema>
    readonly host: string
  },
): Promise<CreatedWebhook> {
  const { clock, newId, body, host } = input
  if ((await lockWorkspace(tx)) === undefined) throw notFound('workspace')
  if ((await countWebhooks(tx)) >= maxWebhooks)
    throw new AppError('webhook.too_many', `the workspace has ${maxWebhooks} endpoints`)
  const id = newId()
  const createdBy = principalName(input.principal).id
  const of = { ...input, createdBy, webhookId: id }
  const hmac = await sealHmacSecret(tx, of)
  const ed25519 = body.asymmetric ? await sealEd25519Secret(tx, of) : undefined
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

type NewSecret = {
  readonly newId: NewId
  readonly sealer: CredentialSealer
  readonly createdBy: string
  readonly webhookId: Uuid
}

async function sealHmacSecret(
  tx: AuditedTx,
  { newId, sealer, createdBy, webhookId }: NewSecret,
): Promise<{ readonly credentialId: Uuid; readonly shown: string }> {
  const [credentialId, secret] = [newId(), newHmacSecret()]
  try {
    const shown = renderHmacSecret(secret)
    await insertSealedCredential(tx, {
      id: credentialId,
      kind: 'webhook',
      provider: 'standard_webhooks',
      label: encodeId('webhook', webhookId),
      hint: renderKeyHint(shown),
      createdBy,
      secret,
      sealer,
    })
    return { credentialId, shown }
  } finally {
    secret.destroy()
  }
}

async function sealEd25519Secret(
  tx: AuditedTx,
  { newId, sealer, createdBy, webhookId }: NewSecret,
): Promise<{ readonly credentialId: Uuid; readonly publicKey: string }> {
  const credentialId = newId()
  const { secret, publicKey } = newEd25519Secret()
  try {
    await insertSealedCredential(tx, {
      id: credentialId,
      kind: 'webhook',
      provider: 'standard_webhooks_ed25519',
      label: encodeId('webhook', webhookId),
      hint: renderKeyHint(publicKey),
      createdBy,
      secret,
      sealer,
    })
    return { credentialId, publicKey }
  } finally {
    secret.destroy()
  }
}
