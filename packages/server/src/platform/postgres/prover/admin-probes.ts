import type { ClientBase } from 'pg'
import { extendedQuery } from '../extended-query.ts'
import type { LoginPool } from '../login-pool.ts'
import { ownerRole } from '../roles.ts'
import type { Asker } from './asker.ts'
import { insertInto, plant } from './planted-workspaces.ts'
import type { TableInfo } from './read-tables.ts'
import { sqlStateOf } from './sql-state-of.ts'
import { judged, type Verdict } from './verdict.ts'

/** The backup login sees every workspace and changes none; the owner, whom FORCE binds, sees none without a scope. */
export async function probeAdmins(options: {
  ask: Asker
  backup: LoginPool
  migrator: LoginPool
  tables: readonly TableInfo[]
}): Promise<readonly Verdict[]> {
  const backup = await options.backup.pool.connect()
  const migrator = await options.migrator.pool.connect()
  try {
    const verdicts: Verdict[] = []
    for (const table of options.tables) {
      verdicts.push(
        ...(await probeBackup(backup, options.ask, table)),
        ...(await probeOwner(migrator, options.ask, table)),
      )
    }
    return verdicts
  } finally {
    backup.release(true)
    migrator.release(true)
  }
}

async function probeBackup(client: ClientBase, ask: Asker, table: TableInfo): Promise<readonly Verdict[]> {
  const planted = await plant(ask, table.root, 'full')
  const name = `tenant.${table.name}`
  // A partition of another month has no row of today; it is found where rows are reached, in the parent.
  const { rowCount } = await extendedQuery(client, `select 1 from tenant.${table.root} where workspace_id = $1`, [
    planted.workspaceId,
  ])
  const insert = insertInto(table.name, planted.fresh())
  const attacks = [
    ['insert', insert.sql, insert.parameters],
    ['update', `update ${name} set workspace_id = workspace_id`, []],
    ['delete', `delete from ${name}`, []],
    ['truncate', `truncate ${name}`, []],
  ] as const
  const verdicts: Verdict[] = []
  for (const [verb, sql, parameters] of attacks) {
    const state = await sqlStateOf(() =>
      undone(client, async () => String((await extendedQuery(client, sql, parameters)).rowCount)),
    )
    const check = `backup ${name} ${verb}`
    verdicts.push(
      rowCount === 1
        ? judged(check, state === '42501', state)
        : { check, result: 'not_probed', detail: 'it does not see the row' },
    )
  }
  return verdicts
}

async function probeOwner(client: ClientBase, ask: Asker, table: TableInfo): Promise<readonly Verdict[]> {
  const planted = await plant(ask, table.root, 'full')
  const name = `tenant.${table.name}`
  const counted = async (from = name): Promise<string> => {
    const { rows } = await extendedQuery<{ rows: string }>(client, `select count(*)::text as rows from ${from}`)
    return rows[0]?.rows ?? ''
  }
  const plain = await sqlStateOf(() => undone(client, counted))
  const [within, without] = [
    await undone(client, async () => {
      await extendedQuery(client, `set local role ${ownerRole}`)
      await extendedQuery(client, `set local app.workspace_id = '${planted.workspaceId}'`)
      return counted(`tenant.${table.root}`)
    }),
    await undone(client, async () => {
      await extendedQuery(client, `set local role ${ownerRole}`)
      return counted()
    }),
  ]
  const check = `owner ${name} without a scope`
  return [
    judged(`migrator ${name} select`, plain === '42501', plain),
    within === '1'
      ? judged(check, without === '0', `${without} rows`)
      : { check, result: 'not_probed', detail: within },
  ]
}

async function undone(client: ClientBase, work: () => Promise<string>): Promise<string> {
  await extendedQuery(client, 'begin')
  try {
    return await work()
  } finally {
    await extendedQuery(client, 'rollback')
  }
}
