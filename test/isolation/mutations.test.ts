import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { askerOf } from '../../packages/server/src/platform/postgres/prover/asker.ts'
import { doorArena } from '../../packages/server/src/platform/postgres/prover/door-arena.ts'
import { probeTable } from '../../packages/server/src/platform/postgres/prover/probe-table.ts'
import { readTables } from '../../packages/server/src/platform/postgres/prover/read-tables.ts'
import { ask, openScratch, type Scratch } from './scratch-database.ts'

/** A wall that is loosened, and the table and probe of the suite that must notice. The suite that never fails proves nothing. */
const mutations: readonly (readonly [table: string, probe: string, loosened: string, mended: string])[] = [
  [
    'users',
    'select unqualified',
    'alter table tenant.users disable row level security',
    'alter table tenant.users enable row level security',
  ],
  ['users', 'delete unqualified', 'alter policy workspace_scope on tenant.users using (true)', 'MEND'],
  ['users', 'update by workspace', 'alter policy workspace_scope on tenant.users using (true)', 'MEND'],
  ['users', 'copy out', 'alter policy workspace_scope on tenant.users using (true)', 'MEND'],
  ['users', 'insert', 'alter policy workspace_scope on tenant.users with check (true)', 'MEND'],
  ['users', 'move to the other workspace', 'alter policy workspace_scope on tenant.users with check (true)', 'MEND'],
  [
    'users',
    'select qualified',
    'create policy loose on tenant.users for select using (true)',
    'drop policy loose on tenant.users',
  ],
  // A condition reads the row, which the template forbids; without one nothing is read (data-boundary 1, traps).
  [
    'users',
    'delete unqualified',
    'create policy loose on tenant.users for delete using (true)',
    'drop policy loose on tenant.users',
  ],
  [
    'users',
    "the other's keys in the own workspace",
    'create unique index users_global on tenant.users (external_id_index)',
    'drop index tenant.users_global',
  ],
  [
    'outbox',
    'foreign key across to users',
    'alter table tenant.outbox drop constraint outbox_workspace_id_user_id_fkey',
    'alter table tenant.outbox add foreign key (workspace_id, user_id) references tenant.users (workspace_id, id)',
  ],
  [
    'signals',
    'insert',
    'grant insert on tenant.signals to hyponema_app; alter policy workspace_scope on tenant.signals with check (true)',
    'revoke insert on tenant.signals from hyponema_app; MEND',
  ],
]

describe('the isolation suite', () => {
  let scratch: Scratch
  beforeAll(async () => {
    scratch = await openScratch()
  })
  afterAll(() => scratch.close())

  test.each(mutations)('goes red on %s at "%s" after: %s', async (name, probe, loosened, mended) => {
    const arena = doorArena(askerOf(scratch.admin), scratch.database.logins)
    const findings = async (): Promise<string[]> => {
      const [table] = await readTables(arena.ask, name)
      if (table === undefined) throw new Error(`${name} is not in the catalogue`)
      const verdicts = await probeTable(arena, { table, logins: ['app'], only: probe })
      return verdicts.filter(({ result }) => result !== 'held').map(({ check }) => check)
    }
    const run = async (script: string): Promise<void> => {
      const mend = `alter policy workspace_scope on tenant.${name} using (workspace_id = app.current_workspace()) with check (workspace_id = app.current_workspace())`
      for (const statement of script.replace('MEND', mend).split('; ')) await ask(scratch.admin, statement)
    }
    const expected = probe.startsWith('foreign key') ? `tenant.${name} foreign keys` : `app tenant.${name} ${probe}`
    expect(await findings()).toEqual([])
    await run(loosened)
    expect(await findings()).toContain(expected)
    await run(mended)
    expect(await findings()).toEqual([])
  })
})
