import { parseUuid, type Uuid } from '@hyponema/contract'
import { provenScope } from '../../packages/server/src/kernel/workspace-scope.ts'
import { rowFactories } from '../../packages/server/src/platform/postgres/prover/row-factories.ts'
import { insertInto, plant } from '../isolation/planted-workspaces.ts'
import { ask, newId, type Scratch } from '../isolation/scratch-database.ts'

/** A month of which no installation of today has a partition. */
export const oldMonth = { name: '2024_02', at: '2024-02-17T10:00:00Z' }

/** Rows in every table, of tenants and beside them, last month's and texts that a careless format would break. */
export async function plantEverything(scratch: Scratch): Promise<{ readonly workspaceId: Uuid }> {
  const { admin } = scratch
  for (const table of Object.keys(rowFactories)) await plant(admin, table, 'full')
  await plantOldRows(scratch)
  const { workspaceId } = await plant(admin, 'workspaces', 'full')
  await ask(
    admin,
    `insert into tenant.workspaces (workspace_id, name, is_canary) values ($1, $2, true), ($3, $4, false)`,
    [newId(), 'A canary', newId(), 'Tab\t, line\nbreak, \\N and \\., “quotes” 🦉, \r and end\\'],
  )
  await ask(admin, `insert into app.floors (version, document) values (1, '{"no_go_zones": []}'), (2, null)`)
  await ask(admin, `insert into identity.identities (id, email) values ($1, 'ada@example.com')`, [newId()])
  await ask(
    admin,
    `insert into identity.sign_in_requests (id, email, token_sha256, browser_sha256, expires_at)
     values ($1, 'ada@example.com', sha256('a'), sha256('b'), now() + interval '10 minutes')`,
    [newId()],
  )
  await ask(
    admin,
    `insert into identity.sign_in_failures (subject, failures, window_ends_at) values (sha256('c'), 3, now() + interval '15 minutes')`,
  )
  await scratch.database.withWorkspace(provenScope(workspaceId), async (tx) => {
    await tx.enqueue('session_finish', newId())
    await tx.enqueue('session_finish', newId())
    await tx.dispatchPut('session_expiry', newId(), new Date())
    await tx.leaseTake([newId()], newId(), 12_000)
  })
  return { workspaceId }
}

/** A turn, a decision, a trace and an audit event of an old month, as the database had taken them then. */
async function plantOldRows({ admin }: Scratch): Promise<void> {
  for (const table of ['turns', 'decisions', 'turn_traces', 'audit_events']) {
    await ask(
      admin,
      `create table tenant.${table}_${oldMonth.name} (like tenant.${table} including defaults including constraints including storage)`,
    )
    await ask(admin, `alter table tenant.${table}_${oldMonth.name} owner to hyponema_owner`)
    // What the default privileges of the owner give to a table that the owner makes.
    await ask(admin, `grant select on tenant.${table}_${oldMonth.name} to hyponema_backup`)
    await ask(admin, `call app.protect_table('tenant.${table}_${oldMonth.name}')`)
    if (table === 'audit_events')
      await ask(
        admin,
        `create trigger no_truncate before truncate on tenant.audit_events_${oldMonth.name} for each statement execute function app.refuse_change()`,
      )
    const [bounds] = await ask<{ low: string; high: string }>(
      admin,
      `select app.uuid_floor(date_trunc('month', $1::timestamptz, 'UTC'))::text as low,
         app.uuid_floor(date_trunc('month', $1::timestamptz, 'UTC') + interval '1 month')::text as high`,
      [oldMonth.at],
    )
    await ask(
      admin,
      `alter table tenant.${table} attach partition tenant.${table}_${oldMonth.name} for values from ('${bounds?.low}') to ('${bounds?.high}')`,
    )
    const planted = await plant(admin, table, 'empty')
    await ask(admin, `alter table tenant.${table} disable trigger user`)
    const { sql, parameters } = insertInto(table, { ...planted.fresh(), id: oldId() })
    await ask(admin, sql, parameters)
    await ask(admin, `alter table tenant.${table} enable trigger user`)
  }
}

function oldId(): Uuid {
  const time = Date.parse(oldMonth.at).toString(16).padStart(12, '0')
  const id = parseUuid(`${time.slice(0, 8)}-${time.slice(8)}-7${newId().slice(15)}`)
  if (id === undefined) throw new Error('not a UUID')
  return id
}
