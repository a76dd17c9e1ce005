import type { Uuid } from '@hyponema/contract'
import { requireAgentAllowed } from '../../guards/agent-allowed.ts'
import { notFound } from '../../kernel/path-id.ts'
import type { Principal } from '../../kernel/principal.ts'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'
import { findSession, type SessionRow } from './store.ts'

/** The session, or the one answer for "not there", "not yours" and "not an agent of this key". */
export async function findReadableSession(tx: WorkspaceTx, principal: Principal, id: Uuid): Promise<SessionRow> {
  const session = await findSession(tx, id)
  if (session === undefined) throw notFound('session')
  requireAgentAllowed(principal, session.agentId)
  return session
}
