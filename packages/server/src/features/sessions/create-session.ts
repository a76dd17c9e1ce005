import type { AgentDocument, createSessionSchema, Uuid, WorkspaceLimits } from '@hyponema/contract'
import type { z } from 'zod'
import { requireAgentAllowed } from '../../guards/agent-allowed.ts'
import type { AuditedTx } from '../../guards/audited-transaction.ts'
import type { ContentKeys } from '../../guards/content-keys.ts'
import { originsSha256, variablesSha256 } from '../../guards/session-binding.ts'
import type { SessionBudgets } from '../../guards/session-budgets.ts'
import type { BucketAnswer } from '../../guards/token-buckets.ts'
import { AppError } from '../../kernel/app-error.ts'
import type { Clock } from '../../kernel/clock.ts'
import { jsonPointer } from '../../kernel/json-pointer.ts'
import type { NewId } from '../../kernel/new-id.ts'
import { bodyId, notFound } from '../../kernel/path-id.ts'
import type { Principal } from '../../kernel/principal.ts'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'
import { findPublishedAgent } from '../agents/public.ts'
import { checkInbound } from '../contact/public.ts'
import { findLayers, keepLayers } from '../policies/public.ts'
import { ensureUser, lockUser } from '../users/public.ts'
import { lockWorkspace, readLimits } from '../workspaces/public.ts'
import { sealSettings } from './seal-settings.ts'
import { countLiveOfUser, insertSession } from './store.ts'

/** More than the connections of all nodes together, so that no number of creations at once can jump over the limit. */
const concurrentCreations = 200

export type CreateSessionInput = {
  readonly principal: Principal
  readonly clock: Clock
  readonly newId: NewId
  readonly contentKeys: ContentKeys
  readonly body: z.infer<typeof createSessionSchema>
  readonly budgets: SessionBudgets
  /** Hears whether the workspace may create one more now, and throws when it may not. */
  readonly onBudget: (answer: BucketAnswer) => void
}

/** Makes a `pending` session of the agent's published version; nobody joining before it expires makes it `failed`. */
export async function createSession(tx: AuditedTx, input: CreateSessionInput): Promise<Uuid> {
  const { body, clock, newId, budgets } = input
  const ttlSeconds = ttlOf(body)
  const agentId = bodyId('agent', body.agent_id, '/agent_id')
  requireAgentAllowed(input.principal, agentId)
  const [limits, agent] = await Promise.all([readLimits(tx), findPublishedAgent(tx, agentId)])
  input.onBudget(budgets.takeCreation(tx, limits))
  if (agent === undefined) throw notFound('agent')
  if (agent.version === undefined) throw new AppError('agent.not_published', 'no published version')
  const { document, version } = agent.version
  if (body.modality !== 'text' && document.voice === undefined) {
    throw new AppError('session.modality_unavailable', 'the published version has no voice', {
      errors: [
        { pointer: '/modality', detail: 'the published version has no `voice`; add it and publish, or ask for text' },
      ],
    })
  }
  requireDeclared(document, body.dynamic_variables)
  const variables = body.dynamic_variables
  checkOverrides(document, body.overrides)
  await budgets.requireDay(tx, limits, body.modality)
  const user = await ensureUser(tx, { externalId: body.user_id, newId, contentKeys: input.contentKeys })
  await requireLiveRoom(tx, limits, user.id)
  const id = newId()
  const now = clock.nowMs()
  const held = await findLayers(tx, { id: agentId, policy: document.policy })
  const inbound = { userId: user.id, modality: body.modality, isUrgent: body.urgent, atMs: now }
  const greetings = await checkInbound(tx, { ...inbound, policy: { ...held, version } })
  const expiresAt = new Date(now + ttlSeconds * 1000)
  const settings = { variables, overrides: body.overrides, greetings }
  await keepLayers(tx, held)
  await insertSession(tx, {
    id,
    agentId,
    agentVersion: version,
    userId: user.id,
    modality: body.modality,
    client: body.client,
    settings: await sealSettings(tx, { contentKeys: input.contentKeys, sessionId: id, userId: user.id, settings }),
    variablesSha256: variablesSha256(variables),
    originsSha256: originsSha256(document.allowed_origins),
    policySha256: held.sha256,
    tokenJti: newId(),
    ttlSeconds,
    expiresAt,
    createdAt: new Date(now),
  })
  await tx.dispatchPut('session_expiry', id, expiresAt)
  await tx.audit({
    action: 'session.created',
    target: { kind: 'session', id },
    after: { agent_version: version, modality: body.modality, client: body.client, ttl_seconds: ttlSeconds },
  })
  return id
}

/** A text token may be used until it expires; a voice token opens one socket and waits for that only (data-boundary 3). */
const ttlRules = { text: { usual: 900, most: 3600 }, voice: { usual: 60, most: 300 } } as const

function ttlOf({ modality, ttl_seconds: asked }: CreateSessionInput['body']): number {
  const { usual, most } = ttlRules[modality === 'text' ? 'text' : 'voice']
  if (asked === undefined || asked <= most) return asked ?? usual
  throw new AppError('request.invalid', 'a voice token lives too long', {
    errors: [{ pointer: '/ttl_seconds', detail: `the token of a voice session waits ${most} seconds at most` }],
  })
}

/** A name that the agent does not declare is refused. Defaults are filled in while it runs, behind what a resolver says. */
function requireDeclared(document: AgentDocument, given: Readonly<Record<string, string>>): void {
  const declared = new Set(document.dynamic_variables.map(({ name }) => name))
  const unknown = Object.keys(given).filter((name) => !declared.has(name))
  if (unknown.length > 0) {
    throw new AppError('session.variable_unknown', 'undeclared variables', {
      errors: unknown.map((name) => ({
        pointer: jsonPointer(['dynamic_variables', name]),
        detail: `the published version declares no variable of this name (known: ${[...declared].join(', ') || 'none'})`,
      })),
    })
  }
}

/**
 * Exact on however many processes: near the limit creations take their turn at the row of the workspace or of the user, far
 * from it they do not wait for each other. A session counts from its creation to its end; one whose process died ends when
 * its lease has run out, one that nobody joined when its token has.
 */
async function requireLiveRoom(tx: WorkspaceTx, limits: WorkspaceLimits, userId: Uuid): Promise<void> {
  const { live_sessions: most, live_sessions_per_user: mostOfUser } = limits
  const now = await countLiveOfUser(tx, userId)
  const isNear = now.ofWorkspace >= most - concurrentCreations
  const isNearOfUser = now.ofUser >= mostOfUser - concurrentCreations
  if (!isNear && !isNearOfUser) return
  // Always in this order, so that two creations never wait for each other in a circle.
  if (isNear) await lockWorkspace(tx)
  if (isNearOfUser) await lockUser(tx, userId)
  const exact = await countLiveOfUser(tx, userId)
  if (exact.ofWorkspace < most && exact.ofUser < mostOfUser) return
  const detail = `${exact.ofWorkspace} of ${most} sessions live, ${exact.ofUser} of ${mostOfUser} of the user`
  throw new AppError('session.live_limit', detail, { retryAfterSeconds: 10 })
}

function checkOverrides(document: AgentDocument, overrides: CreateSessionInput['body']['overrides']): void {
  const allowed = new Set<string>(document.overridable)
  const refused = Object.keys(overrides).filter((field) => !allowed.has(field))
  if (refused.length === 0) return
  throw new AppError('session.override_refused', 'override not allowed', {
    errors: refused.map((field) => ({
      pointer: `/overrides/${field}`,
      detail: 'the agent version does not list this field as overridable',
    })),
  })
}
