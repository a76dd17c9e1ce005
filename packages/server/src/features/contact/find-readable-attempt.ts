import type { Uuid } from '@hyponema/contract'
import { allowedAgents } from '../../guards/agent-allowed.ts'
import { notFound } from '../../kernel/path-id.ts'
import type { Principal } from '../../kernel/principal.ts'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'
import { type AttemptRow, findAttempt } from './store.ts'

/** The attempt, or the one answer for "not there", "not yours" and "not of an agent of this key". */
export async function findReadableAttempt(tx: WorkspaceTx, principal: Principal, id: Uuid): Promise<AttemptRow> {
  const attempt = await findAttempt(tx, id)
  if (attempt === undefined) throw notFound('contactAttempt')
  if (allowedAgents(principal)?.includes(attempt.agentId) === false) throw notFound('contactAttempt')
  return attempt
}
