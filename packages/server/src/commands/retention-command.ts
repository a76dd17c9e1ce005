import { encodeId } from '@hyponema/contract'
import type { Config } from '../config.ts'
import { readRetentionStatus } from '../features/retention/public.ts'
import { StartupRefusal } from '../kernel/startup-refusal.ts'
import { ownCommand } from '../platform/own-command.ts'
import { listWorkspaces } from '../platform/postgres/list-workspaces.ts'
import { type Host, onHost } from './on-host.ts'
import { purgeEverywhere } from './purge-everywhere.ts'

/** `hyponema retention run|status`: what the worker does once a day, now; and how the rules stand against what is there. */
export async function retentionCommand(config: Config, args: readonly string[]): Promise<void> {
  const [verb, ...rest] = args
  if ((verb !== 'run' && verb !== 'status') || rest.length > 0)
    throw new StartupRefusal(`Write: ${ownCommand('retention run')}, or retention status.`)
  await onHost(config, (host) => (verb === 'run' ? run(host) : showStatus(host)))
}

async function run({ installation, clock, newId }: Host): Promise<void> {
  const failed: string[] = []
  await purgeEverywhere({
    installation,
    clock,
    newId,
    onPurged: (scope, removed) => {
      const counts = Object.entries(removed).flatMap(([name, rows]) => (rows > 0 ? [`${name} ${rows}`] : []))
      process.stdout.write(
        `${encodeId('workspace', scope.workspaceId)}: ${counts.length === 0 ? 'nothing was older than its rule' : counts.join(', ')}\n`,
      )
    },
    onError: (error, id) => {
      const said = error instanceof Error ? error.message : 'unknown'
      failed.push(`${id === undefined ? 'installation' : encodeId('workspace', id)}: ${said}`)
    },
  })
  if (failed.length > 0) throw new StartupRefusal(`${failed.join('\n')}\nRun this again; it goes on where it was.`)
}

async function showStatus({ installation, clock }: Host): Promise<void> {
  const { database } = installation
  const now = new Date(clock.nowMs())
  let overdue = 0
  for await (const scope of listWorkspaces(database.logins.worker)) {
    const status = await database.withWorkspace(scope, (tx) => readRetentionStatus(tx, now))
    const { last_run: last } = status
    process.stdout.write(
      `${encodeId('workspace', scope.workspaceId)}: last run ${last?.finished_at ?? last?.error ?? 'never'}\n`,
    )
    for (const one of status.classes) {
      overdue += one.overdue
      const held = one.held === 0 ? '' : `, ${one.held} held`
      process.stdout.write(
        `  ${one.class.padEnd(17)}${(one.days === 'never' ? 'never' : `${one.days} days`).padStart(10)}, oldest ${one.oldest ?? 'none'}, ${one.overdue} overdue${held}\n`,
      )
    }
  }
  if (overdue > 0)
    throw new StartupRefusal(
      `${overdue} rows are older than their rule; \`${ownCommand('retention run')}\` removes them.`,
    )
}
