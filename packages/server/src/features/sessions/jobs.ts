/**
 * What the worker does to sessions. Each is a wake-up, never an authority: the row decides.
 *
 * session_expiry  pending -> failed (never_joined) | in_progress -> completed (expired) | not yet: put again | ended: nothing
 * session_lease   in_progress, lease free or run out -> failed (owner_lost) | otherwise nothing
 * session_finish  ended with turns -> transcript.ready in the outbox, once | otherwise nothing
 */
import { encodeId, type Uuid } from '@hyponema/contract'
import type { ContentKeys } from '../../guards/content-keys.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { NewId } from '../../kernel/new-id.ts'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'
import { isRecorded, recordEvent } from '../webhooks/public.ts'
import { closeSession } from './close-session.ts'
import { deleteSignalsBefore, lockSession } from './store.ts'

/** A signal is read within a second of its writing; whoever was deaf for longer looks at the rows themselves. */
const signalLifeMs = 60 * 60 * 1000

export type SessionJobDependencies = { readonly contentKeys: ContentKeys; readonly clock: Clock; readonly newId: NewId }
type SessionJob = (tx: WorkspaceTx, sessionId: Uuid) => Promise<void>

/** Long enough for the transaction that takes it, which also removes it. */
const lostLeaseMs = 60_000

export function sessionJobs(deps: SessionJobDependencies) {
  const expireSession: SessionJob = async (tx, id) => {
    const session = await lockSession(tx, id)
    const now = new Date(deps.clock.nowMs())
    if (session === undefined || session.endedAt !== null) return
    if (session.expiresAt > now) {
      // The claim went by the database's clock. A row that was dropped here would leave the session without an end.
      await tx.dispatchPut('session_expiry', id, session.expiresAt)
      return
    }
    const reason = session.status === 'pending' ? 'never_joined' : 'expired'
    await closeSession(tx, { ...deps, id, reason, now })
  }
  /** The lease itself is asked, by compare-and-set: who can take it knows that nobody holds it and nobody can renew it. */
  const failLostSession: SessionJob = async (tx, id) => {
    const session = await lockSession(tx, id)
    if (session?.status !== 'in_progress') return
    const taken = await tx.leaseTake([id], deps.newId(), lostLeaseMs)
    if (!taken.includes(id)) return
    await closeSession(tx, { ...deps, id, reason: 'owner_lost', now: new Date(deps.clock.nowMs()) })
  }
  const finishSession: SessionJob = async (tx, id) => {
    await deleteSignalsBefore(tx, new Date(deps.clock.nowMs() - signalLifeMs))
    // Locked, so that of two jobs at once the second one sees what the first has told.
    const session = await lockSession(tx, id)
    if (session === undefined || session.endedAt === null || session.turnCount === 0) return
    if (await isRecorded(tx, { type: 'transcript.ready', userId: session.userId, sessionId: id })) return
    await recordEvent(tx, {
      // Made now: events of a session are told in the order of their ids, and this is the last one.
      id: deps.newId(),
      type: 'transcript.ready',
      userId: session.userId,
      sessionId: id,
      contentKeys: deps.contentKeys,
      createdAt: new Date(deps.clock.nowMs()),
      data: { session_id: encodeId('session', id), turn_count: session.turnCount },
    })
  }
  return { expireSession, failLostSession, finishSession }
}
