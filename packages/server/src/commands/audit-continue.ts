import { parseArgs } from 'node:util'
import type { Config } from '../config.ts'
import { continueLog } from '../features/audit/public.ts'
import { auditedTransaction } from '../guards/audited-transaction.ts'
import { createWithWorkspace } from '../platform/postgres/with-workspace.ts'
import { auditWorkspace } from './audit-workspace.ts'
import { onHost } from './on-host.ts'

/** `hyponema audit continue [--workspace ID]`: signs the log of a restored database again, and says in it that it was restored. */
export async function auditContinue(config: Config, args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options: { workspace: { type: 'string' } } })
  const scope = await auditWorkspace(config, values.workspace)
  await onHost(config, async ({ installation, clock, actIn }) => {
    const left = await continueLog(
      {
        withWorkspace: createWithWorkspace(installation.database.logins.sealer),
        logs: installation.logs,
        evidence: installation.evidence,
        now: () => new Date(clock.nowMs()),
        record: (after) =>
          auditedTransaction(actIn(scope.workspaceId, 'hyponema audit continue'), (tx) =>
            tx.audit({
              action: 'audit.history_continued',
              target: { kind: 'workspace', id: scope.workspaceId },
              after: { stored: after.stored, database_size: after.databaseSize },
            }),
          ),
      },
      scope,
    )
    process.stdout.write(`${left === undefined ? same : renderLeft(left)}\n`)
  })
}

const same = 'The log and its checkpoint belong together; there is nothing to continue.'

function renderLeft({ stored, databaseSize }: NonNullable<Awaited<ReturnType<typeof continueLog>>>): string {
  const was = stored === null ? 'No checkpoint was stored' : `The stored checkpoint was of ${stored.size} events`
  return `${was}; the log goes on from the ${databaseSize} that the database has, and says so itself. Who kept a later checkpoint will find that this log is another one: tell them why.`
}
