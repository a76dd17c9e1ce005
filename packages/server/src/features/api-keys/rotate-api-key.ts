/**
 * live -> rotated (expires after the overlap, has one live successor) -> expired or revoked
 *
 * Threat: a new secret gives its first reader more, or for longer, than the key that it takes over from; two people rotate
 * at once and one secret is forgotten while it works.
 * Rule: the new key inherits label, mode, scopes and limits; whoever rotates holds every permission that they give; a key
 * has one live successor, decided with its row locked; the old one ends with the overlap, never later than before.
 * On failure: api_key.not_live, api_key.already_rotated, api_key.beyond_role or request.invalid; nothing is written.
 */
import { encodeId, type rotateApiKeySchema, type Uuid } from '@hyponema/contract'
import type { z } from 'zod'
import type { AuditedTx } from '../../guards/audited-transaction.ts'
import { mayHandOut } from '../../guards/permission.ts'
import { AppError } from '../../kernel/app-error.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { NewId } from '../../kernel/new-id.ts'
import { notFound } from '../../kernel/path-id.ts'
import type { Principal } from '../../kernel/principal.ts'
import { principalName } from '../../kernel/principal-name.ts'
import type { Keyring } from '../../platform/crypto/keyring.ts'
import { type IssuedApiKey, issueApiKey } from './issue-api-key.ts'
import { expiryErrors } from './read-new-key.ts'
import { type ApiKeyRow, hasLiveSuccessor, lockApiKey, setExpiry } from './store.ts'

export async function rotateApiKey(
  tx: AuditedTx,
  input: {
    principal: Principal
    clock: Clock
    newId: NewId
    keyring: Keyring
    id: Uuid
    body: z.infer<typeof rotateApiKeySchema>
  },
): Promise<IssuedApiKey> {
  const { id, body, principal } = input
  const key = await lockApiKey(tx, id)
  if (key === undefined) throw notFound('API key')
  const nowMs = input.clock.nowMs()
  await refuseRotation(tx, { key, principal, nowMs })
  const errors = expiryErrors(body.expires_at, nowMs)
  if (errors.length > 0) throw new AppError('request.invalid', 'expiry of a key refused', { errors })
  const issued = await issueApiKey(tx, {
    newId: input.newId,
    keyring: input.keyring,
    label: key.label,
    mode: key.mode,
    scopes: key.scopes,
    allowedAddresses: key.allowedAddresses,
    allowedAgents: key.allowedAgents,
    rotatedFrom: id,
    createdBy: principalName(principal).id,
    expiresAt: newExpiry(key, body.expires_at),
  })
  const endsAt = new Date(
    Math.min(key.expiresAt?.getTime() ?? Number.POSITIVE_INFINITY, nowMs + body.overlap_seconds * 1000),
  )
  await setExpiry(tx, { id, expiresAt: endsAt })
  await tx.audit({
    action: 'api_key.rotated',
    target: { kind: 'apiKey', id },
    before: { expires_at: key.expiresAt?.toISOString() ?? null },
    after: { expires_at: endsAt.toISOString(), successor: encodeId('apiKey', issued.id) },
  })
  return issued
}

async function refuseRotation(
  tx: AuditedTx,
  { key, principal, nowMs }: { key: ApiKeyRow; principal: Principal; nowMs: number },
): Promise<void> {
  if (key.revokedAt !== null || (key.expiresAt !== null && key.expiresAt.getTime() <= nowMs)) {
    throw new AppError('api_key.not_live', `key ${key.id} was revoked or has expired`)
  }
  const beyond = key.scopes.filter((scope) => !mayHandOut(principal, scope))
  if (beyond.length > 0) throw new AppError('api_key.beyond_role', `key ${key.id} holds ${beyond.join(', ')}`)
  if (await hasLiveSuccessor(tx, { id: key.id, now: new Date(nowMs) })) {
    throw new AppError('api_key.already_rotated', `key ${key.id} has a live successor`)
  }
}

function newExpiry(key: ApiKeyRow, asked: string | null | undefined): Date | null {
  if (asked === undefined) return key.expiresAt
  return asked === null ? null : new Date(asked)
}
