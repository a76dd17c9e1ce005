import { type EndReason, encodeId, type SessionEventData, type Uuid } from '@hyponema/contract'
import { recordOpenings, type SessionOpening } from '../../features/credentials/public.ts'
import { insertDecision, sealDecision } from '../../features/decisions/public.ts'
import { addUsage, closeSession, lockSession, type SessionRow } from '../../features/sessions/public.ts'
import { insertTrace, sealTrace } from '../../features/traces/public.ts'
import { insertTurn, sealToolCalls, sealTurnText } from '../../features/turns/public.ts'
import { recordEvent } from '../../features/webhooks/public.ts'
import type { ContentKeys } from '../../guards/content-keys.ts'
import { AppError } from '../../kernel/app-error.ts'
import type { Database } from '../../platform/postgres/database.ts'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'
import { maskStoredTurn, type StoredTurn } from './mask-stored-turn.ts'
import type { SessionContext } from './session-context.ts'
import type { TurnRecord } from './turn-record.ts'

type CommitOptions = {
  readonly database: Pick<Database, 'withWorkspace'>
  readonly contentKeys: ContentKeys
  readonly context: SessionContext
  readonly record: TurnRecord
  /** Only the process that owns the session may add to it. */
  readonly ownerBoot: Uuid
}

/** What a turn left of its session. */
export type CommittedTurn = {
  readonly status: SessionEventData<'turn_end'>['session_status']
  /** Why the session ended with this turn; undefined while it goes on, or when something else ended it. */
  readonly endReason: EndReason | undefined
  readonly turnsLeft: number
  readonly tokensLeft: number
}

/**
 * One transaction per finished turn: turns, decisions, the trace, counts, events to the outbox, and the end of the session when the
 * turn decided it. A turn of a session that somebody else owns is refused.
 */
export async function commitTurn(options: CommitOptions): Promise<CommittedTurn> {
  const openings = options.context.openings.take()
  try {
    const committed = await commit(options, openings)
    options.context.safety.written()
    return committed
  } catch (error) {
    // The keys were opened, whatever became of the turn.
    options.context.openings.putBack(openings)
    throw error
  }
}

async function commit(options: CommitOptions, openings: readonly SessionOpening[]): Promise<CommittedTurn> {
  const { context, record } = options
  const stored = maskStoredTurn(context, record)
  return options.database.withWorkspace(context.scope, async (tx) => {
    const session = await lockSession(tx, context.sessionId)
    if (session === undefined || session.ownerBoot !== options.ownerBoot) {
      throw new AppError('session.owned_elsewhere', 'the session has another owner; this turn is not written')
    }
    const now = new Date(context.clock.nowMs())
    const turns = await writeTurns(tx, { ...options, stored }, session, now)
    await writeDecisions(tx, { ...options, stored }, now)
    await writeTrace(tx, options, now)
    const { sessionId, userId, safety } = context
    await safety.write(tx, { sessionId, userId, record, now, contentKeys: options.contentKeys })
    await recordOpenings(tx, context, openings)
    await addUsage(tx, context.sessionId, {
      turns,
      guards: record.guardCount,
      toolCalls: record.toolCalls.length,
      inputTokens: record.inputTokens,
      outputTokens: record.outputTokens,
      ...context.takeSpeechUsage(),
    })
    const left = whatIsLeft(context, record, { session, turns })
    if (session.endedAt !== null) {
      // The session was ended while this turn ran; the job of that end may have found no turn yet.
      await tx.enqueue('session_finish', context.sessionId)
      return { status: session.status, endReason: undefined, ...left }
    }
    const reason = endReason(record, left)
    if (reason === undefined) return { status: session.status, endReason: undefined, ...left }
    await closeSession(tx, {
      id: context.sessionId,
      reason,
      now,
      newId: context.newId,
      contentKeys: options.contentKeys,
    })
    return { status: 'completed', endReason: reason, ...left }
  })
}

type Left = Pick<CommittedTurn, 'turnsLeft' | 'tokensLeft'>

function whatIsLeft(
  { agent: { limits } }: SessionContext,
  record: TurnRecord,
  { session, turns }: { session: SessionRow; turns: number },
): Left {
  const tokens = session.inputTokens + session.outputTokens + record.inputTokens + record.outputTokens
  return {
    turnsLeft: Math.max(0, limits.max_turns - session.turnCount - turns),
    tokensLeft: Math.max(0, limits.max_tokens - tokens),
  }
}

/** A rule comes first, then what the turn itself was for, then the limits. */
function endReason(record: TurnRecord, { turnsLeft, tokensLeft }: Left): EndReason | undefined {
  if (record.endsSession) return 'ended_by_policy'
  // Who speaks up during the goodbye is there after all.
  if (record.endReason !== undefined && !record.wasInterrupted) return record.endReason
  if (turnsLeft === 0) return 'turn_limit'
  return tokensLeft === 0 ? 'token_limit' : undefined
}

async function writeTurns(
  tx: WorkspaceTx,
  { context, record, stored }: CommitOptions & { readonly stored: StoredTurn },
  session: SessionRow,
  now: Date,
): Promise<number> {
  const { userKey, sessionId } = context
  const startedAt = new Date(record.startedAtMs)
  const shared = { sessionId, inputTokens: 0, outputTokens: 0, toolCallCount: 0, guardCount: 0, firstTextMs: null }
  let sequence = session.turnCount
  if (record.userTurnId !== undefined && stored.userText !== undefined) {
    const content = sealTurnText(userKey, record.userTurnId, stored.userText)
    const turn = {
      id: record.userTurnId,
      sequence,
      role: 'user',
      status: 'complete',
      content,
      toolPayloads: null,
    } as const
    await insertTurn(tx, { ...shared, ...turn, startedAt, endedAt: startedAt })
    sequence += 1
  }
  await insertTurn(tx, {
    ...shared,
    id: record.id,
    sequence,
    role: 'agent',
    status: record.status,
    content: sealTurnText(userKey, record.id, stored.heard),
    toolPayloads: sealToolCalls(userKey, record.id, stored.toolCalls),
    inputTokens: record.inputTokens,
    outputTokens: record.outputTokens,
    toolCallCount: record.toolCalls.length,
    guardCount: record.guardCount,
    firstTextMs: record.firstTextMs,
    startedAt,
    endedAt: now,
  })
  return sequence + 1 - session.turnCount
}

async function writeTrace(tx: WorkspaceTx, { context, record }: CommitOptions, now: Date): Promise<void> {
  const { id, startedAtMs } = record
  const content = sealTrace(context.userKey, id, { startedAtMs, ...record.takeTrace() })
  await insertTrace(tx, { id, sessionId: context.sessionId, content, createdAt: now })
}

async function writeDecisions(
  tx: WorkspaceTx,
  { context, record, contentKeys, stored }: CommitOptions & { readonly stored: StoredTurn },
  now: Date,
): Promise<void> {
  for (const kept of stored.decisions) {
    const { id, decision, engineUs, blockedText, charactersHeard, asked } = kept
    // What the engine failed at has no rule; nobody must take it for a rule that noted something.
    const failed = decision.error === undefined ? [] : ['engine/error']
    const ruleIds = [...new Set([...failed, ...decision.matches.map((match) => match.ruleId)])]
    await insertDecision(tx, {
      id,
      sessionId: context.sessionId,
      turnId: record.id,
      stage: decision.stage,
      action: decision.action,
      ruleIds,
      mode: decision.mode,
      floor: decision.floor ?? false,
      policySha256: Buffer.from(decision.policy.sha256, 'hex'),
      content: sealDecision(context.userKey, id, {
        decision: { ...decision },
        blocked_text: blockedText,
        characters_heard: charactersHeard,
        asked,
      }),
      engineUs,
      versions: decision.versions,
      createdAt: now,
    })
    if (decision.action === 'allow' || decision.mode === 'shadow') continue
    const event = { userId: context.userId, sessionId: context.sessionId, contentKeys, createdAt: now }
    const data = {
      session_id: encodeId('session', context.sessionId),
      turn_id: encodeId('turn', record.id),
      decision_id: encodeId('decision', id),
      stage: decision.stage,
      action: decision.action,
    }
    // A rule that asks for a person has two decisions: its own, and that of the escalation stage, which follows it.
    const type = decision.stage === 'escalation' ? 'escalation.triggered' : 'guard.triggered'
    await recordEvent(tx, { ...event, id: context.newId(), type, data })
  }
}
