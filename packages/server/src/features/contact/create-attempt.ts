/**
 * Threat: two callers ask at the same time and both use the last attempt that a cap allows.
 * Rule: who asks holds the person's row, and where a cap counts by number the workspace's row before that; what counts is read behind
 * the locks, and the attempt is written in the same transaction.
 * On failure: nothing is reserved. A reservation that nobody reports on counts as made.
 */
import { type createContactAttemptSchema, encodeId, type Uuid } from '@hyponema/contract'
import type { z } from 'zod'
import { requireAgentAllowed } from '../../guards/agent-allowed.ts'
import type { AuditedTx } from '../../guards/audited-transaction.ts'
import type { ContentKeys } from '../../guards/content-keys.ts'
import { AppError } from '../../kernel/app-error.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { NewId } from '../../kernel/new-id.ts'
import { bodyId } from '../../kernel/path-id.ts'
import type { Principal } from '../../kernel/principal.ts'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'
import { ensureUser, findUser, lockUser } from '../users/public.ts'
import { recordEvent } from '../webhooks/public.ts'
import { lockWorkspace } from '../workspaces/public.ts'
import { type ContactAnswer, checkContact, reasonOf } from './check-contact.ts'
import { type Addressed, findOutboundFacts } from './find-contact-facts.ts'
import { type ContactPolicy, findContactPolicy } from './find-contact-policy.ts'
import { readNumber } from './read-number.ts'
import { sealAttempt } from './seal-contact.ts'
import { type AttemptRow, insertAttempt } from './store.ts'

export type CreateAttempt = {
  readonly body: z.infer<typeof createContactAttemptSchema>
  readonly principal: Principal
  readonly clock: Clock
  readonly newId: NewId
  readonly contentKeys: ContentKeys
}

export type AskedAttempt = { readonly row: AttemptRow; readonly answer: ContactAnswer }

/** Decides, and reserves what is allowed. With `reserve: false` the caller has to roll back: only the answer is wanted. */
export async function createAttempt(tx: AuditedTx, given: CreateAttempt): Promise<AskedAttempt> {
  const { number } = given.body
  const input = number === undefined ? given : { ...given, body: { ...given.body, number: readNumber(number) } }
  const { body, clock, newId, contentKeys } = input
  const agentId = bodyId('agent', body.agent_id, '/agent_id')
  requireAgentAllowed(input.principal, agentId)
  const policy = await findContactPolicy(tx, agentId)
  requireNumber(policy, body)
  const { id: userId } = await ensureUser(tx, { externalId: body.user_id, newId, contentKeys })
  await takeTurn(tx, { policy, userId, hasNumber: body.number !== undefined })
  const user = await findUser(tx, userId)
  if (user === undefined) throw new RangeError('a user vanished between two reads')
  const now = new Date(clock.nowMs())
  const atMs = instantOf(body, now)
  const to = await addressed(tx, body, contentKeys)
  const contact = { user, layers: policy.layers, channel: body.channel, class: body.class, atMs }
  const facts = await findOutboundFacts(tx, contact, to)
  const answer = checkContact(policy, facts)
  const row = await sealedRow(tx, { input, userId, agentId, policy, answer, now })
  if (!body.reserve) return { row, answer }
  await insertAttempt(tx, { ...row, numberIndex: to.numberIndex, subjectIndex: to.subjectIndex })
  await tell(tx, { row, answer, input })
  return { row, answer }
}

/** Always in this order, so that two who ask never wait for each other in a circle. */
async function takeTurn(
  tx: WorkspaceTx,
  { policy, userId, hasNumber }: { policy: ContactPolicy; userId: Uuid; hasNumber: boolean },
): Promise<void> {
  const countsNumbers = policy.layers.some(({ document }) => document.contact_caps.some(({ per }) => per === 'number'))
  if (hasNumber && countsNumbers) await lockWorkspace(tx)
  await lockUser(tx, userId)
}

/** Equal numbers and subjects are found by keyed hashes, each kind by its own. */
async function addressed(
  tx: WorkspaceTx,
  { number, country, subject }: CreateAttempt['body'],
  { blindIndex }: ContentKeys,
): Promise<Addressed> {
  return {
    number,
    country,
    numberIndex: number === undefined ? null : await blindIndex(tx, `contact number\n${number}`),
    subjectIndex: subject === undefined ? null : await blindIndex(tx, `contact subject\n${folded(subject)}`),
  }
}

const dayMs = 86_400_000
/** Nobody knows today what clocks and holidays will be later than that; of the past nothing can be asked any more. */
const furthestDays = 731

function instantOf({ at }: CreateAttempt['body'], now: Date): number {
  if (at === undefined) return now.getTime()
  const atMs = Date.parse(at)
  if (atMs > now.getTime() - dayMs && atMs < now.getTime() + furthestDays * dayMs) return atMs
  throw new AppError('request.invalid', 'an instant too far from now', {
    errors: [{ pointer: '/at', detail: `expected an instant from now on, within ${furthestDays} days` }],
  })
}

/** One subject, however it is written: letter case, spaces and what cannot be seen make no second one. */
function folded(subject: string): string {
  return subject
    .normalize('NFKC')
    .replaceAll(/\p{Default_Ignorable_Code_Point}/gu, '')
    .toLowerCase()
    .replaceAll(/\s+/g, ' ')
    .trim()
}

/** A cap that counts by number would count nothing without one. */
function requireNumber({ layers }: ContactPolicy, { number, channel, class: ofClass }: CreateAttempt['body']): void {
  if (number !== undefined) return
  const cap = layers
    .flatMap(({ document }) => document.contact_caps)
    .find(({ per, channels, classes }) => per === 'number' && channels.includes(channel) && classes.includes(ofClass))
  if (cap === undefined) return
  throw new AppError('request.invalid', 'a contact without the number that a cap counts by', {
    errors: [{ pointer: '/number', detail: `expected the number: the cap ${cap.name} counts by it` }],
  })
}

const states = { allow: 'reserved', defer: 'deferred', deny: 'denied' } as const

async function sealedRow(
  tx: WorkspaceTx,
  {
    input: { body, newId, contentKeys },
    userId,
    agentId,
    policy,
    answer: { decision, allowedAt, ruleIds },
    now,
  }: {
    readonly input: CreateAttempt
    readonly userId: Uuid
    readonly agentId: Uuid
    readonly policy: ContactPolicy
    readonly answer: ContactAnswer
    readonly now: Date
  },
): Promise<AttemptRow> {
  const id = newId()
  const { action } = decision
  const key = await contentKeys.forUser(tx, userId)
  const explanation = { ...decision }
  try {
    return {
      id,
      userId,
      agentId,
      channel: body.channel,
      class: body.class,
      state: states[action === 'allow' || action === 'deny' ? action : 'defer'],
      ruleIds: ruleIds.slice(0, 200),
      policySha256: policy.sha256,
      content: sealAttempt(key, id, { number: body.number ?? null, subject: body.subject ?? null, explanation }),
      allowedAt,
      expiresAt: action === 'allow' ? new Date(now.getTime() + body.reserve_seconds * 1000) : null,
      createdAt: now,
      reportedAt: null,
    }
  } finally {
    key.destroy()
  }
}

async function tell(
  tx: AuditedTx,
  { row, answer, input }: { readonly row: AttemptRow; readonly answer: ContactAnswer; readonly input: CreateAttempt },
): Promise<void> {
  await tx.audit({
    action: `contact.${row.state}`,
    target: { kind: 'contactAttempt', id: row.id },
    after: { user_id: encodeId('user', row.userId), channel: row.channel, class: row.class, rules: row.ruleIds },
  })
  if (row.state !== 'deferred') return
  await recordEvent(tx, {
    id: input.newId(),
    type: 'contact.deferred',
    userId: row.userId,
    sessionId: null,
    contentKeys: input.contentKeys,
    createdAt: row.createdAt,
    data: {
      user_id: encodeId('user', row.userId),
      channel: row.channel,
      class: row.class,
      reason: toldReason(answer),
      allowed_at: row.allowedAt?.toISOString() ?? null,
    },
  })
}

/** The first that the catalogue knows. What failed in the engine is told as a window: not now. */
function toldReason({ ruleIds }: ContactAnswer): 'sleep_window' | 'contact_cap' | 'unknown_time_zone' {
  const known = ruleIds.map(reasonOf)
  if (known.includes('unknown_time_zone')) return 'unknown_time_zone'
  return known.includes('contact_cap') && !known.includes('sleep_window') ? 'contact_cap' : 'sleep_window'
}
