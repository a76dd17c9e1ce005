import type { Uuid } from '@hyponema/contract'
import { provenScope, type WorkspaceScope } from '../../kernel/workspace-scope.ts'
import { extendedQuery } from '../postgres/extended-query.ts'
import type { LoginPool } from '../postgres/login-pool.ts'

/** What `dispatch` says is due, and for whom. A wake-up: the handler reads the entity and decides by what it finds. */
export type DueRow = { readonly scope: WorkspaceScope; readonly kind: string; readonly ref: Uuid }

/**
 * Claims due rows across workspaces for `holdMs`; if they are not settled by then they are due again, for anybody.
 * At most `perWorkspace` of each workspace, so that a large tenant cannot starve a small one.
 */
export async function claimDispatch(
  login: LoginPool,
  options: { kinds: readonly string[]; perWorkspace: number; maxRows: number; claimant: Uuid; holdMs: number },
): Promise<readonly DueRow[]> {
  const client = await login.pool.connect()
  try {
    const { rows } = await extendedQuery<{ workspace_id: Uuid; kind: string; ref: Uuid }>(
      client,
      'select workspace_id, kind, ref from app.claim_dispatch($1::text[], $2, $3, $4, make_interval(secs => $5))',
      [[...options.kinds], options.perWorkspace, options.maxRows, options.claimant, options.holdMs / 1000],
    )
    client.release()
    return rows.map((row) => ({ scope: provenScope(row.workspace_id), kind: row.kind, ref: row.ref }))
  } catch (error) {
    client.release(true)
    throw error
  }
}
