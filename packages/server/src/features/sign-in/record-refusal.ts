import { auditedTransaction } from '../../guards/audited-transaction.ts'
import type { ToldRefusals } from '../../guards/coalesced-refusals.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { NewId } from '../../kernel/new-id.ts'
import type { Database } from '../../platform/postgres/database.ts'
import { installationScope } from '../../platform/postgres/installation-scope.ts'

type Options = {
  readonly database: Pick<Database, 'authWithWorkspace'>
  readonly clock: Clock
  readonly newId: NewId
}

/** Writes refused sign-ins, which belong to no workspace, to the installation's log. Without the address that was tried. */
export async function recordRefusal({ database, ...options }: Options, told: ToldRefusals): Promise<void> {
  const scope = installationScope()
  await auditedTransaction(
    {
      ...options,
      database: { withWorkspace: database.authWithWorkspace },
      scope,
      principal: { kind: 'system', scope, name: 'sign-in' },
      request: told.request,
    },
    (tx) =>
      tx.audit({
        action: 'sign_in.refused',
        target: { kind: 'workspace', id: scope.workspaceId },
        after: { code: told.code, times: told.times, dropped: told.dropped },
      }),
  )
}
