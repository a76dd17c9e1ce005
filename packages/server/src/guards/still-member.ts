/**
 * Threat: an operator who is removed, demoted or signed out between the look at its token and the act still acts: its body
 * comes slowly, or another process was asked to remove it and this one remembers the answer of before. What it makes then,
 * an API key, stays.
 * Rule: a change by an operator reads its membership again in its own transaction; it is there, in the version of the token.
 * On failure: member.token_stale; nothing has happened.
 */
import { AppError } from '../kernel/app-error.ts'
import type { Principal } from '../kernel/principal.ts'
import type { WorkspaceTx } from '../platform/postgres/workspace-tx.ts'

export async function requireStillMember(tx: WorkspaceTx, principal: Principal): Promise<void> {
  if (principal.kind !== 'operator') return
  const { id, role, version } = principal
  const now = await tx.db
    .selectFrom('tenant.memberships')
    .select(['role', 'version'])
    .where('id', '=', id)
    .executeTakeFirst()
  if (now === undefined || now.role !== role || (version !== undefined && now.version !== version))
    throw new AppError('member.token_stale', `membership ${id} is gone or has changed since the request began`)
}
