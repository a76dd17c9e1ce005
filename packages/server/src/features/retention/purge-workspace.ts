/**
 * Removes what is older than its rule (evidence-and-privacy 3), a small batch in a transaction each.
 *
 * Threat: what should be gone stays; what is held, or a talk that goes on, is cut; a kill leaves half of it; a large purge
 * holds everybody up.
 * Rule: a batch reads the rules, the holds and the sessions in the transaction that removes them, under a lock that whoever
 * changes a rule or a hold takes, too. Live sessions have no end and are not seen. Each batch is complete, so the next run
 * goes on where one was killed.
 * On failure: the batch is rolled back, the run ends with its error in the status, and the next run begins again.
 */
import { setTimeout as pause } from 'node:timers/promises'
import {
  agentRetentionSchema,
  type DataClass,
  encodeId,
  type RetentionClass,
  type RetentionRules,
  ruleDays,
  type Uuid,
} from '@hyponema/contract'
import type { ContentKeys } from '../../guards/content-keys.ts'
import type { NewId } from '../../kernel/new-id.ts'
import type { WorkspaceScope } from '../../kernel/workspace-scope.ts'
import type { WithWorkspace } from '../../platform/postgres/with-workspace.ts'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'
import { listAgentRetention } from '../agents/public.ts'
import { deleteOldAttempts } from '../contact/public.ts'
import { deleteDecisionsOf } from '../decisions/public.ts'
import { purgeOldEvents } from '../deliveries/public.ts'
import { deleteEscalationsOf } from '../escalations/public.ts'
import { deleteOldSessions, type EndedCursor, listPurgeable, purgedBits, setPurged } from '../sessions/public.ts'
import { deleteOldCooldowns } from '../topic-cooldowns/public.ts'
import { deleteTracesOf } from '../traces/public.ts'
import { clearToolPayloadsOf, deleteTurnsOf } from '../turns/public.ts'
import { recordEvent } from '../webhooks/public.ts'
import { findHolds, type Holds } from './find-holds.ts'
import { ensureRules, readRules } from './read-rules.ts'
import { lockRules, setRunBegun, setRunEnded } from './store.ts'

export type PurgeParts = {
  /** The worker's. */
  readonly withWorkspace: WithWorkspace
  readonly contentKeys: ContentKeys
  readonly newId: NewId
  readonly nowMs: () => number
  /** Hears after each batch how many rows it removed. */
  readonly onProgress?: (rows: number) => void
}

export type Removed = Readonly<Partial<Record<RetentionClass, number>>>

const dayMs = 24 * 60 * 60 * 1000
/** Of a session's at most 500 turns each: a transaction of some tens of milliseconds. */
const sessionsPerBatch = 20
const rowsPerBatch = 500
/** After its end a session's last turn may still be written; what is never kept waits for that, too. */
const settledMs = 60 * 60 * 1000
/** For each of them the database looks into every month of what refers to sessions. */
const emptySessionsPerBatch = 100
/** Between two batches, so that whoever talks finds the disk free. */
const pauseMs = 20

/** The contents of sessions, in the order in which they go: words of tools before the rows that hold them. */
const contents = [
  { name: 'tool_payloads', event: 'tool_payloads', remove: clearToolPayloadsOf },
  { name: 'transcripts', event: 'turns', remove: deleteWords },
  { name: 'decisions', event: 'decisions', remove: deleteDecisionsOf },
  { name: 'traces', event: 'traces', remove: deleteTracesOf },
] as const

/** What was written to operators is part of what was said. */
async function deleteWords(tx: WorkspaceTx, sessionIds: readonly Uuid[]): Promise<number> {
  return (await deleteEscalationsOf(tx, sessionIds)) + (await deleteTurnsOf(tx, sessionIds))
}

/** One run over one workspace. Throws what stopped it, after it is written into the status. */
export async function purgeWorkspace(parts: PurgeParts, scope: WorkspaceScope): Promise<Removed> {
  const { withWorkspace, nowMs } = parts
  const removed: Partial<Record<RetentionClass, number>> = {}
  await withWorkspace(scope, async (tx) => {
    await ensureRules(tx)
    await setRunBegun(tx, new Date(nowMs()))
  })
  try {
    await purgeContents(parts, scope, removed)
    await purgeRows(parts, scope, removed)
  } catch (error) {
    const said = error instanceof Error ? error.message.slice(0, 500) : 'unknown'
    await withWorkspace(scope, (tx) => setRunEnded(tx, { finishedAt: null, error: said, removed }))
    throw error
  }
  await withWorkspace(scope, (tx) => setRunEnded(tx, { finishedAt: new Date(nowMs()), error: null, removed }))
  return removed
}

async function purgeContents(
  parts: PurgeParts,
  scope: WorkspaceScope,
  removed: Partial<Record<RetentionClass, number>>,
): Promise<void> {
  for (const { name, event, remove } of contents) {
    const { days, agents } = await parts.withWorkspace(scope, async (tx) => {
      const rule = ruleDays(readRules(await lockRules(tx, 'share'))[name])
      return { days: rule, agents: await shorterAgents(tx, name, rule) }
    })
    for (const one of [...agents, { agentId: undefined, days }]) {
      let after: EndedCursor | undefined
      const rows = await untilNone(parts, scope, async (tx, { holds, rules, now }) => {
        const batch = await purgeBatch(tx, {
          name,
          remove,
          holds,
          after,
          onlyAgent: one.agentId,
          // A rule that was made longer while this runs holds from the next batch on.
          before: daysBefore(
            now,
            one.agentId === undefined ? ruleDays(rules[name]) : Math.min(one.days, ruleDays(rules[name])),
          ),
        })
        after = batch.reached
        return batch
      })
      removed[name] = (removed[name] ?? 0) + rows
      if (rows > 0) await tellPurged(parts, scope, { class: event, days: one.days, agentId: one.agentId ?? null, rows })
    }
  }
}

async function shorterAgents(
  tx: WorkspaceTx,
  name: keyof typeof purgedBits,
  days: number,
): Promise<readonly { agentId: Uuid; days: number }[]> {
  return (await listAgentRetention(tx)).flatMap(({ agentId, retention }) => {
    const own = agentRetentionSchema.parse(retention)[name]
    return own === undefined || ruleDays(own) >= days ? [] : [{ agentId, days: ruleDays(own) }]
  })
}

async function purgeBatch(
  tx: WorkspaceTx,
  options: {
    name: keyof typeof purgedBits
    remove: (tx: WorkspaceTx, sessionIds: readonly Uuid[]) => Promise<number>
    holds: Holds
    onlyAgent: Uuid | undefined
    after: EndedCursor | undefined
    before: Date
  },
): Promise<{ rows: number; hasMore: boolean; reached: EndedCursor | undefined }> {
  const { name, remove, holds, onlyAgent, after, before } = options
  const bit = purgedBits[name]
  const held = { heldUsers: holds.users, heldAgents: holds.agents }
  const { ids, reached } = await listPurgeable(tx, { before, after, onlyAgent, ...held, limit: sessionsPerBatch }, bit)
  const rows = ids.length === 0 ? 0 : await remove(tx, ids)
  if (ids.length > 0) await setPurged(tx, ids, bit)
  return { rows, hasMore: reached !== undefined, reached }
}

/** What has rows of its own: sessions themselves and what is as old as they, events and attempts at endpoints. */
async function purgeRows(
  parts: PurgeParts,
  scope: WorkspaceScope,
  removed: Partial<Record<RetentionClass, number>>,
): Promise<void> {
  let after: EndedCursor | undefined
  const gone = await untilNone(parts, scope, async (tx, { holds, rules, now }) => {
    const held = { heldUsers: holds.users, heldAgents: holds.agents }
    const before = daysBefore(now, rules.sessions)
    const { ids, reached } = await deleteOldSessions(tx, { before, after, ...held, limit: emptySessionsPerBatch })
    after = reached
    return { rows: ids.length, hasMore: reached !== undefined }
  })
  const others = await untilNone(parts, scope, async (tx, { holds, rules, now }) => {
    const before = daysBefore(now, rules.sessions)
    const held = { heldUsers: holds.users, heldAgents: holds.agents }
    const attempts = await deleteOldAttempts(tx, { before, now, ...held, limit: rowsPerBatch })
    const topics = await deleteOldCooldowns(tx, { before, heldUsers: holds.users })
    return { rows: attempts.rows + topics, hasMore: attempts.hasMore }
  })
  const sessions = gone + others
  removed.sessions = sessions
  if (sessions > 0)
    await tellPurged(parts, scope, { class: 'sessions', days: undefined, agentId: null, rows: sessions })
  removed.webhook_attempts = await untilNone(parts, scope, (tx, { rules, now }) =>
    purgeOldEvents(tx, { nowMs: now.getTime(), keptDays: rules.webhook_attempts }),
  )
}

type Batch = (
  tx: WorkspaceTx,
  facts: { holds: Holds; rules: RetentionRules; now: Date },
) => Promise<{ rows: number; hasMore: boolean }>

/** Runs batches until one finds nothing more. A hold on the whole workspace lets none run. */
async function untilNone(
  { withWorkspace, nowMs, onProgress }: PurgeParts,
  scope: WorkspaceScope,
  batch: Batch,
): Promise<number> {
  let rows = 0
  for (let hasMore = true; hasMore; ) {
    const done = await withWorkspace(scope, async (tx) => {
      const now = new Date(nowMs())
      const rules = readRules(await lockRules(tx, 'share'))
      const holds = await findHolds(tx, now)
      return holds.ofWorkspace ? { rows: 0, hasMore: false } : batch(tx, { holds, rules, now })
    })
    rows += done.rows
    hasMore = done.hasMore
    onProgress?.(done.rows)
    if (hasMore) await pause(pauseMs)
  }
  return rows
}

async function tellPurged(
  { withWorkspace, contentKeys, newId, nowMs }: PurgeParts,
  scope: WorkspaceScope,
  purged: { class: DataClass; days: number | undefined; agentId: Uuid | null; rows: number },
): Promise<void> {
  await withWorkspace(scope, async (tx) => {
    const now = new Date(nowMs())
    const days = purged.days ?? readRules(await lockRules(tx, 'share')).sessions
    await recordEvent(tx, {
      id: newId(),
      type: 'retention.purged',
      userId: null,
      sessionId: null,
      contentKeys,
      createdAt: now,
      data: {
        agent_id: purged.agentId === null ? null : encodeId('agent', purged.agentId),
        class: purged.class,
        retention_days: days,
        older_than: daysBefore(now, days).toISOString(),
        rows: purged.rows,
        objects: 0,
      },
    })
  })
}

function daysBefore(now: Date, days: number): Date {
  return new Date(now.getTime() - Math.max(days * dayMs, settledMs))
}
