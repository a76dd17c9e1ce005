import { auditedTransaction } from '../guards/audited-transaction.ts'
import type { Clock } from '../kernel/clock.ts'
import type { NewId } from '../kernel/new-id.ts'
import type { Database } from '../platform/postgres/database.ts'
import { dropExpiredPartition, listPastPartitions } from '../platform/postgres/expired-partitions.ts'
import { installationScope } from '../platform/postgres/installation-scope.ts'

/** Drops months of which no workspace keeps anything; each leaves its event in the log of the installation. Returns their names. */
export async function dropOldPartitions({
  database,
  clock,
  newId,
}: {
  readonly database: Database
  readonly clock: Clock
  readonly newId: NewId
}): Promise<readonly string[]> {
  const scope = installationScope()
  const withWorkspace = database.workerWithWorkspace
  const principal = { kind: 'system', scope, name: 'retention' } as const
  const names = await withWorkspace(scope, (tx) => listPastPartitions(tx, new Date(clock.nowMs())))
  const dropped: string[] = []
  for (const name of names) {
    const isGone = await auditedTransaction(
      { database: { withWorkspace }, clock, newId, scope, principal },
      async (tx) => {
        if (!(await dropExpiredPartition(tx, name))) return tx.withoutChange(false)
        await tx.audit({
          action: 'retention.partition_dropped',
          target: { kind: 'workspace', id: scope.workspaceId },
          after: { partition: name },
        })
        return true
      },
    )
    if (isGone) dropped.push(name)
  }
  return dropped
}
