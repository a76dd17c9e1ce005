import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readTables } from './catalogue.ts'
import { probeTable } from './probe-table.ts'
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
  // Blocks the qualified forms only: the unqualified probe has to be there (data-boundary 1, traps).
  [
    'users',
    'delete unqualified',
    "create policy loose on tenant.users for delete using (current_query() !~ 'where')",
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
    const findings = async (): Promise<string[]> => {
      const table = (await readTables(scratch.admin)).find((candidate) => candidate.name === name)
      if (table === undefined) throw new Error(`${name} is not in the catalogue`)
      return (await probeTable(scratch, table, 'app', probe)).filter(({ held }) => !held).map(({ line }) => line)
    }
    const run = async (script: string): Promise<void> => {
      const mend = `alter policy workspace_scope on tenant.${name} using (workspace_id = app.current_workspace()) with check (workspace_id = app.current_workspace())`
      for (const statement of script.replace('MEND', mend).split('; ')) await ask(scratch.admin, statement)
    }
    expect(await findings()).toEqual([])
    await run(loosened)
    expect(await findings()).toContainEqual(expect.stringContaining(`app ${name} ${probe}: `))
    await run(mended)
    expect(await findings()).toEqual([])
  })
})
