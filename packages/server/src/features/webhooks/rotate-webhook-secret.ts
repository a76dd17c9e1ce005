/**
 * Threat: a secret that is being replaced verifies for longer than was asked, or so many verify that every request is
 * signed a thousand times.
 * Rule: the new secret signs at once and the others until the overlap ends, never longer than before; an endpoint has at
 * most five that sign. Rotations of one endpoint follow each other under the lock of its row.
 * On failure: webhook.too_many_secrets; nothing is written.
 */
import type { rotateWebhookSecretSchema, Uuid } from '@hyponema/contract'
import type { z } from 'zod'
import type { AuditedTx } from '../../guards/audited-transaction.ts'
import { AppError } from '../../kernel/app-error.ts'
import type { Clock } from '../../kernel/clock.ts'
import { notFound } from '../../kernel/path-id.ts'
import type { Principal } from '../../kernel/principal.ts'
import { principalName } from '../../kernel/principal-name.ts'
import type { CredentialSealer } from '../../platform/crypto/credential-sealer.ts'
import { newEd25519Secret, newHmacSecret, renderHmacSecret } from '../../platform/crypto/webhook-signature.ts'
import { addSealedVersion, listLiveVersions } from '../credentials/public.ts'
import { renderKeyHint } from './render-key-hint.ts'
import { lockWebhook, setWebhook } from './store.ts'

/** Each is a signature in the header of every request, and receivers try them one by one. */
const maxSigningSecrets = 5

/** Replaces the secret, and the key pair where there is one. Returns the new secret, which is shown by this request alone. */
export async function rotateWebhookSecret(
  tx: AuditedTx,
  input: {
    readonly principal: Principal
    readonly clock: Clock
    readonly sealer: CredentialSealer
    readonly id: Uuid
    readonly body: z.infer<typeof rotateWebhookSecretSchema>
  },
): Promise<string> {
  const { id, clock, sealer } = input
  const overlapMs = input.body.overlap_seconds * 1000
  const webhook = await lockWebhook(tx, id)
  if (webhook === undefined) throw notFound('webhook')
  const live = await listLiveVersions(tx, webhook.hmacCredentialId)
  if (overlapMs > 0 && live.length >= maxSigningSecrets)
    throw new AppError('webhook.too_many_secrets', `webhook ${id} has ${live.length} secrets that sign`)
  const addition = {
    createdBy: principalName(input.principal).id,
    // At once is at once, whatever our clock and that of the database say about now.
    revokeOthersAfter: new Date(overlapMs === 0 ? 0 : clock.nowMs() + overlapMs),
    sealer,
  }
  const shown = await addHmacSecret(tx, { ...addition, credentialId: webhook.hmacCredentialId })
  const publicKey =
    webhook.ed25519CredentialId === null
      ? undefined
      : await addEd25519Secret(tx, { ...addition, credentialId: webhook.ed25519CredentialId })
  await setWebhook(tx, { id, now: new Date(clock.nowMs()), publicKey })
  await tx.audit({
    action: 'webhook.secret_rotated',
    target: { kind: 'webhook', id },
    after: { overlap_seconds: input.body.overlap_seconds, public_key: publicKey ?? null },
  })
  return shown
}

type Addition = {
  readonly credentialId: Uuid
  readonly createdBy: string
  readonly revokeOthersAfter: Date
  readonly sealer: CredentialSealer
}

async function addHmacSecret(tx: AuditedTx, addition: Addition): Promise<string> {
  const secret = newHmacSecret()
  try {
    const shown = renderHmacSecret(secret)
    await addSealedVersion(tx, { ...addition, secret, hint: renderKeyHint(shown) })
    return shown
  } finally {
    secret.destroy()
  }
}

async function addEd25519Secret(tx: AuditedTx, addition: Addition): Promise<string> {
  const { secret, publicKey } = newEd25519Secret()
  try {
    await addSealedVersion(tx, { ...addition, secret, hint: renderKeyHint(publicKey) })
    return publicKey
  } finally {
    secret.destroy()
  }
}
