import { type EndReason, encodeId, type Uuid } from '@hyponema/contract'
import type { ContentKeys } from '../../guards/content-keys.ts'
import type { NewId } from '../../kernel/new-id.ts'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'
import { recordEvent } from '../webhooks/public.ts'
import { lockSession, type SessionRow, setEnded } from './store.ts'

/** Reasons that mean the conversation did not come to its end. */
const failures: ReadonlySet<EndReason> = new Set(['never_joined', 'owner_lost', 'commit_failed', 'provider_failed'])

/**
 * Closes a session once, whoever asks: backend, client, agent, policy, worker. Closing a closed one changes nothing.
 * Returns the row before, or undefined when there is no such session.
 */
export async function closeSession(
  tx: WorkspaceTx,
  options: { id: Uuid; reason: EndReason; now: Date; newId: NewId; contentKeys: ContentKeys },
): Promise<SessionRow | undefined> {
  const session = await lockSession(tx, options.id)
  if (session === undefined || session.endedAt !== null) return session
  const status = failures.has(options.reason) ? 'failed' : 'completed'
  await setEnded(tx, { id: options.id, status, reason: options.reason, now: options.now })
  await tx.dispatchDone('session_expiry', options.id)
  await tx.dispatchDone('session_lease', options.id)
  await recordEvent(tx, {
    id: options.newId(),
    type: status === 'failed' ? 'session.failed' : 'session.completed',
    userId: session.userId,
    sessionId: options.id,
    contentKeys: options.contentKeys,
    createdAt: options.now,
    data: { session_id: encodeId('session', options.id), end_reason: options.reason, turn_count: session.turnCount },
  })
  await tx.signal('session_ended', options.id)
  await tx.enqueue('session_finish', options.id)
  return session
}
