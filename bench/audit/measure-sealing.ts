import { setTimeout as pause } from 'node:timers/promises'
import { makeSealer } from '../../packages/server/src/commands/make-sealer.ts'
import type { Installation } from '../../packages/server/src/commands/open-installation.ts'
import { auditedTransaction } from '../../packages/server/src/guards/audited-transaction.ts'
import { systemClock } from '../../packages/server/src/kernel/clock.ts'
import { idMaker } from '../../packages/server/src/kernel/new-id.ts'
import type { WorkspaceScope } from '../../packages/server/src/kernel/workspace-scope.ts'
import { createLogger } from '../../packages/server/src/platform/telemetry/create-logger.ts'
import type { BenchCluster } from '../boundary/bench-cluster.ts'

export type Sealing = {
  readonly perSecond: number
  readonly insertedPerSecond: number
  /** From the commit of an event until its seal is there. */
  readonly delaysMs: readonly number[]
}

const timedEvents = 60

export async function measureSealing(
  cluster: BenchCluster,
  { installation, scope, events }: { installation: Installation; scope: WorkspaceScope; events: number },
): Promise<Sealing> {
  const newId = idMaker(systemClock)
  const failures: string[] = []
  const log = createLogger('info', { write: (line: string) => void failures.push(line) })
  const sealer = makeSealer({ installation, clock: systemClock, newId, log })
  while ((await sealer.runOnce()) > 0);
  const insertStartedMs = performance.now()
  await cluster.ask(plantSql(scope.workspaceId, events))
  const insertedPerSecond = events / ((performance.now() - insertStartedMs) / 1000)
  const startedMs = performance.now()
  let sealed = 0
  while (sealed < events) sealed += await sealer.runOnce()
  const perSecond = sealed / ((performance.now() - startedMs) / 1000)
  sealer.start()
  const delaysMs: number[] = []
  for (let event = 0; event < timedEvents; event += 1) delaysMs.push(await delayOfOne(installation, { scope, newId }))
  await sealer.stop()
  if (failures.length > 0) throw new Error(failures.join('\n'))
  return { perSecond, insertedPerSecond, delaysMs }
}

/** Events as large as ordinary ones; their triggers owe the seals. */
function plantSql(workspaceId: string, events: number): string {
  return `insert into tenant.audit_events
      (workspace_id, id, action, actor_kind, actor_id, target_kind, target_id, canonical, leaf_hash, occurred_at)
    select '${workspaceId}', app.uuid_v7(), 'bench.planted', 'system', 'bench', 'workspace', 'bench',
      convert_to(body, 'utf8'), sha256('\\x00'::bytea || convert_to(body, 'utf8')), now()
    from (select repeat('x', 400) || n as body from generate_series(1, ${events}) n) planted`
}

async function delayOfOne(
  { database }: Installation,
  { scope, newId }: { scope: WorkspaceScope; newId: ReturnType<typeof idMaker> },
): Promise<number> {
  const principal = { kind: 'system', scope, name: 'bench' } as const
  await pause(Math.random() * 1000)
  const before = await countSeals(database, scope)
  await auditedTransaction({ database, clock: systemClock, newId, scope, principal }, (tx) =>
    tx.audit({ action: 'bench.timed', target: { kind: 'workspace', id: scope.workspaceId } }),
  )
  const committedMs = performance.now()
  while ((await countSeals(database, scope)) === before) await pause(10)
  return performance.now() - committedMs
}

async function countSeals(database: Installation['database'], scope: WorkspaceScope): Promise<number> {
  return database.withWorkspace(scope, async ({ db }) => {
    const head = await db.selectFrom('tenant.audit_heads').select('size').executeTakeFirst()
    return Number(head?.size ?? 0)
  })
}
