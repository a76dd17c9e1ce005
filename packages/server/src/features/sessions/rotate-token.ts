import type { Uuid } from '@hyponema/contract'
import type { AuditedTx } from '../../guards/audited-transaction.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { NewId } from '../../kernel/new-id.ts'
import type { Principal } from '../../kernel/principal.ts'
import { findReadableSession } from './find-readable-session.ts'
import { lockSession, type SessionRow, setTokenJti } from './store.ts'

/**
 * Gives a session that nobody has joined yet another token id: the token before it opens nothing any more, and the next
 * one is audited as the first was. A session that no longer waits stays as it is.
 */
export async function rotateToken(
  tx: AuditedTx,
  input: { principal: Principal; clock: Clock; newId: NewId; id: Uuid },
): Promise<void> {
  await findReadableSession(tx, input.principal, input.id)
  const session = await lockSession(tx, input.id)
  if (session === undefined || !isWaiting(session, input.clock)) return tx.withoutChange(undefined)
  await setTokenJti(tx, input.id, input.newId())
  await tx.audit({ action: 'session.token_reissued', target: { kind: 'session', id: input.id } })
}

/** Whether somebody may still join with a first message. */
export function isWaiting(session: Pick<SessionRow, 'status' | 'expiresAt'>, clock: Clock): boolean {
  return session.status === 'pending' && session.expiresAt.getTime() > clock.nowMs()
}
