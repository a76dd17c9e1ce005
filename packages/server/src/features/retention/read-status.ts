import {
  type RetentionClass,
  type RetentionRules,
  type retentionStatusSchema,
  ruleDays,
  type Uuid,
  uuidTimeMs,
} from '@hyponema/contract'
import { z } from 'zod'
import { uuidFloor } from '../../kernel/uuid-floor.ts'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'
import { findOldestEvent } from '../audit/public.ts'
import { countOldDecisions, findOldestDecision } from '../decisions/public.ts'
import { countOldAttempts, findOldestAttempt } from '../deliveries/public.ts'
import { findOldestSession, listOldSessions, listOwners } from '../sessions/public.ts'
import { countOldTraces, findOldestTrace } from '../traces/public.ts'
import { countOldTurns, findOldestTurn } from '../turns/public.ts'
import { findHolds, type Holds } from './find-holds.ts'
import { readRules } from './read-rules.ts'
import { findRules, type RulesRow } from './store.ts'

type Status = z.infer<typeof retentionStatusSchema>
type ClassStatus = Status['classes'][number]
type OldRows = readonly { readonly sessionId: Uuid; readonly rows: number }[]

const dayMs = 24 * 60 * 60 * 1000
/** A run a day: what is older than its rule by less than this waits for the next one. A session lasts a day at most. */
const graceMs = 2 * dayMs
/** Sessions that are looked at for one class; more than these is overdue in any case. */
const mostLooked = 1_000

/** What really is there against what the rules say, asked of the rows themselves (evidence-and-privacy 3). */
export async function readRetentionStatus(tx: WorkspaceTx, now: Date): Promise<Status> {
  const row = await findRules(tx)
  const rules = readRules(row)
  const holds = await findHolds(tx, now)
  const ofSessions = async (
    name: RetentionClass,
    oldest: Uuid | undefined,
    list: (options: { before: Uuid; limit: number }) => Promise<OldRows>,
  ): Promise<ClassStatus> => {
    const before = uuidFloor(now.getTime() - ruleDays(rules[name]) * dayMs - graceMs)
    const found = oldest !== undefined && oldest < before ? await list({ before, limit: mostLooked }) : []
    return { ...describe(name, rules, oldest), ...(await judgeOld(tx, holds, found)) }
  }
  const attempt = await findOldestAttempt(tx)
  const attemptsBefore = new Date(now.getTime() - rules.webhook_attempts * dayMs - graceMs)
  const oldAttempts = await countOldAttempts(tx, attemptsBefore)
  const classes: readonly ClassStatus[] = [
    await ofSessions('transcripts', await findOldestTurn(tx, { tools: false }), (options) =>
      countOldTurns(tx, { ...options, tools: false }),
    ),
    await ofSessions('tool_payloads', await findOldestTurn(tx, { tools: true }), (options) =>
      countOldTurns(tx, { ...options, tools: true }),
    ),
    await ofSessions('decisions', await findOldestDecision(tx), (options) => countOldDecisions(tx, options)),
    await ofSessions('traces', await findOldestTrace(tx), (options) => countOldTraces(tx, options)),
    await ofSessions('sessions', await findOldestSession(tx), (options) => listOldSessions(tx, options)),
    {
      class: 'webhook_attempts',
      days: rules.webhook_attempts,
      oldest: attempt?.toISOString() ?? null,
      ...(holds.ofWorkspace ? { overdue: 0, held: oldAttempts } : { overdue: oldAttempts, held: 0 }),
    },
    // Bodies of events leave by whole months, when no workspace keeps that month and nobody holds anything.
    { ...describe('audit', rules, await findOldestEvent(tx)), overdue: 0, held: 0 },
  ]
  return { classes: [...classes], last_run: readLastRun(row) }
}

function describe(
  name: RetentionClass,
  rules: RetentionRules,
  oldest: Uuid | undefined,
): Pick<ClassStatus, 'class' | 'days' | 'oldest'> {
  return {
    class: name,
    days: rules[name],
    oldest: oldest === undefined ? null : new Date(uuidTimeMs(oldest)).toISOString(),
  }
}

/** Live sessions are never overdue. */
async function judgeOld(tx: WorkspaceTx, holds: Holds, found: OldRows): Promise<{ overdue: number; held: number }> {
  if (found.length === 0) return { overdue: 0, held: 0 }
  const owners = await listOwners(
    tx,
    found.map(({ sessionId }) => sessionId),
  )
  const ownerOf = new Map(owners.map((owner) => [owner.id, owner]))
  let overdue = 0
  let held = 0
  for (const { sessionId, rows } of found) {
    const owner = ownerOf.get(sessionId)
    if (owner !== undefined && owner.endedAt === null) continue
    const isHeld =
      holds.ofWorkspace ||
      (owner !== undefined && (holds.users.includes(owner.userId) || holds.agents.includes(owner.agentId)))
    if (isHeld) held += rows
    else overdue += rows
  }
  return { overdue, held }
}

const removedSchema = z.record(z.string(), z.int())

function readLastRun(row: RulesRow | undefined): Status['last_run'] {
  if (row?.runBegunAt == null) return null
  return {
    begun_at: row.runBegunAt.toISOString(),
    finished_at: row.runFinishedAt?.toISOString() ?? null,
    error: row.runError,
    removed: removedSchema.parse(row.removed),
  }
}
