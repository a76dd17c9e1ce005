import type { Uuid } from '@hyponema/contract'
import type { RunStatement } from './workspace-dialect.ts'
import type { WorkspaceTxParts } from './workspace-tx.ts'

/** The definer functions that take the workspace from the scope, as calls. */
export function scopedCalls(run: RunStatement): Omit<WorkspaceTxParts, 'workspaceId' | 'db'> {
  // The database's own uuid output is canonical, so this is where it becomes a Uuid.
  const lease = async (sql: string, parameters: readonly unknown[]): Promise<readonly Uuid[]> =>
    (await run<{ ref: Uuid }>(sql, parameters)).rows.map(({ ref }) => ref)
  return {
    dispatchPut: async (kind, ref, dueAt) => {
      await run('select app.dispatch_put($1, $2, $3)', [kind, ref, dueAt])
    },
    dispatchDone: async (kind, ref) => {
      await run('select app.dispatch_done($1, $2)', [kind, ref])
    },
    leaseTake: (refs, holder, ttlMs) =>
      lease('select ref from app.lease_take($1::uuid[], $2, make_interval(secs => $3)) as ref', [
        [...refs],
        holder,
        ttlMs / 1000,
      ]),
    leaseRenew: (refs, holder, ttlMs) =>
      lease('select ref from app.lease_renew($1::uuid[], $2, make_interval(secs => $3)) as ref', [
        [...refs],
        holder,
        ttlMs / 1000,
      ]),
    leaseRelease: (refs, holder) =>
      lease('select ref from app.lease_release($1::uuid[], $2) as ref', [[...refs], holder]),
    endSlowStatements: async () => {
      // A setting takes no parameter; check-in resets it.
      await run("set local statement_timeout = '200ms'", [])
    },
    signal: async (kind, ref) => {
      await run('select app.signal($1, $2)', [kind, ref])
    },
    enqueue: async (task, entityId) => {
      await run('select jobs.enqueue($1, $2)', [task, entityId])
    },
  }
}
