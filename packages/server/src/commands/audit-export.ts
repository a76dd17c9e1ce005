import { basename } from 'node:path'
import { parseArgs } from 'node:util'
import type { Config } from '../config.ts'
import { exportLog } from '../features/audit/public.ts'
import { auditedTransaction } from '../guards/audited-transaction.ts'
import { StartupRefusal } from '../kernel/startup-refusal.ts'
import { ownCommand } from '../platform/own-command.ts'
import { writeNewFile } from '../platform/postgres/backup/write-new-file.ts'
import { auditWorkspace } from './audit-workspace.ts'
import { onHost } from './on-host.ts'

/** `hyponema audit export [--workspace ID] FILE`: the whole log of a workspace into a new file. */
export async function auditExport(config: Config, args: readonly string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { workspace: { type: 'string' } },
  })
  const [file, ...rest] = positionals
  if (file === undefined || rest.length > 0)
    throw new StartupRefusal(`Write: ${ownCommand('audit export')} [--workspace ID] FILE.`)
  const scope = await auditWorkspace(config, values.workspace)
  await onHost(config, async (host) => {
    const { database, logs } = host.installation
    await auditedTransaction(host.actIn(scope.workspaceId, 'hyponema audit export'), (tx) =>
      tx.audit({
        action: 'audit.exported',
        target: { kind: 'workspace', id: scope.workspaceId },
        after: { file: basename(file) },
      }),
    )
    const parts = { withWorkspace: database.withWorkspace, logs, now: () => new Date(host.clock.nowMs()) }
    await writeNewFile(file, String(process.pid), async (write) => {
      for await (const lines of exportLog(parts, scope)) await write(Buffer.from(lines))
    })
  })
  process.stdout.write(`${file}\n`)
}
