import { auditedTransaction } from '../guards/audited-transaction.ts'
import type { Clock } from '../kernel/clock.ts'
import type { NewId } from '../kernel/new-id.ts'
import { installationScope } from '../platform/postgres/installation-scope.ts'
import type { Installation } from './open-installation.ts'

type Parts = { readonly installation: Installation; readonly clock: Clock; readonly newId: NewId }

/** One event in the installation's own log: every workspace's rows left it, or came back as they were at another time. */
export async function recordBackup(
  { installation, clock, newId }: Parts,
  event: {
    readonly action: 'backup.started' | 'backup.restored'
    readonly file: string
    readonly after?: Readonly<Record<string, string | number>>
  },
): Promise<void> {
  const scope = installationScope()
  const name = event.action === 'backup.started' ? 'hyponema backup' : 'hyponema restore'
  const principal = { kind: 'system', scope, name } as const
  await auditedTransaction({ database: installation.database, clock, newId, scope, principal }, (tx) =>
    tx.audit({
      action: event.action,
      // All workspaces at once, for which this reserved one stands.
      target: { kind: 'workspace', id: scope.workspaceId },
      after: { file: event.file, ...event.after },
    }),
  )
}
