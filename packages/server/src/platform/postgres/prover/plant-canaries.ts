/**
 * The two workspaces that exist to be attacked on a live installation. They carry a flag by which claims, jobs and
 * authentication leave them out. Each run plants their rows anew; where a table only takes additions, or others refer to
 * the row, the one that is there is used again, so that runs do not add up.
 *
 * [none] -> made with their flag -> each run: what may be deleted is, children first -> what is missing is planted
 */
import { parseUuid, type Uuid } from '@hyponema/contract'
import { systemClock } from '../../../kernel/clock.ts'
import { idMaker } from '../../../kernel/new-id.ts'
import type { LoginPool } from '../login-pool.ts'
import { ownerRole } from '../roles.ts'
import { type Asker, askerOn } from './asker.ts'
import { type Furnished, parentsFirst } from './furnish.ts'
import { factoryOf, insertInto } from './planted-workspaces.ts'
import type { Row } from './row-factories.ts'

const newId = idMaker(systemClock)

/**
 * Acts as the owner, whom the scope binds like everybody else. Each statement names its workspace nevertheless: this runs
 * where a wall may be down, and then the scope holds nobody back.
 */
export async function plantCanaries(
  migrator: LoginPool,
  roots: readonly string[],
): Promise<readonly [Furnished, Furnished]> {
  const client = await migrator.pool.connect()
  try {
    const ask = askerOn(client)
    await ask('begin')
    await ask(`set local role ${ownerRole}`)
    // Two that run at once take turns: a lock on the list, which nothing else changes.
    await ask('lock table app.canaries in share row exclusive mode')
    const known = await ask<{ id: string }>('select workspace_id::text as id from app.canaries order by 1 limit 2')
    const [first = newId(), second = newId()] = known.flatMap(({ id }) => parseUuid(id) ?? [])
    const planted = [await plantOne(ask, first, roots), await plantOne(ask, second, roots)] as const
    await ask('commit')
    return planted
  } finally {
    client.release(true)
  }
}

async function plantOne(ask: Asker, workspaceId: Uuid, roots: readonly string[]): Promise<Furnished> {
  await ask(`set local app.workspace_id = '${workspaceId}'`)
  const order = parentsFirst(roots)
  for (const table of order.toReversed()) await deleteWhereAllowed(ask, table, workspaceId)
  const rows = new Map<string, Row>()
  for (const table of order)
    rows.set(table, (await kept(ask, table, workspaceId)) ?? (await planted(ask, table, { workspaceId, rows })))
  return { workspaceId, rows }
}

/** Append-only tables refuse it, and so does a row that others refer to. Those stay. */
async function deleteWhereAllowed(ask: Asker, table: string, workspaceId: Uuid): Promise<void> {
  await ask('savepoint cleared')
  try {
    await ask(`delete from tenant.${table} where workspace_id = $1`, [workspaceId])
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error
    await ask('rollback to savepoint cleared')
  }
}

async function kept(ask: Asker, table: string, workspaceId: Uuid): Promise<Row | undefined> {
  const sql = `select * from tenant.${table} where workspace_id = $1 limit 1`
  const rows = await ask<Record<string, unknown>>(sql, [workspaceId])
  return rows[0]
}

async function planted(ask: Asker, table: string, { workspaceId, rows }: Furnished): Promise<Row> {
  const made = factoryOf(table).make(workspaceId, rows)
  const row = table === 'workspaces' ? { ...made, name: 'Canary', is_canary: true } : made
  const { sql, parameters } = insertInto(table, row)
  await ask(sql, parameters)
  return row
}
