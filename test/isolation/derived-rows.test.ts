import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { askerOf } from '../../packages/server/src/platform/postgres/prover/asker.ts'
import { checkDerivedRows } from '../../packages/server/src/platform/postgres/prover/derived-rows.ts'
import { plant } from './planted-workspaces.ts'
import { ask, newId, openScratch, type Scratch } from './scratch-database.ts'

describe('rows that only migrations and triggers write', () => {
  let scratch: Scratch
  beforeAll(async () => {
    scratch = await openScratch()
    await plant(scratch.admin, 'memberships', 'full')
    await ask(
      scratch.admin,
      "insert into tenant.workspaces (workspace_id, name, is_canary) values ($1, 'A canary', true)",
      [newId()],
    )
  })
  afterAll(() => scratch.close())

  const findings = async () =>
    (await checkDerivedRows(askerOf(scratch.admin))).filter(({ result }) => result !== 'held').map(({ check }) => check)

  test('are as this build has put them there', async () => {
    expect(await findings()).toEqual([])
  })

  test.each([
    [
      "update app.dispatch_kinds set claimed_by = 'hyponema_worker' where kind = 'seal'",
      "update app.dispatch_kinds set claimed_by = 'hyponema_sealer' where kind = 'seal'",
      'rows of app.dispatch_kinds',
    ],
    [
      "update app.partitioned_tables set append_only = false where name = 'audit_events'",
      "update app.partitioned_tables set append_only = true where name = 'audit_events'",
      'rows of app.partitioned_tables',
    ],
    [
      'insert into app.canaries select workspace_id from tenant.workspaces where not is_canary',
      'delete from app.canaries c using tenant.workspaces w where w.workspace_id = c.workspace_id and not w.is_canary',
      'rows of app.canaries',
    ],
    [
      'insert into app.workspace_ids select workspace_id from tenant.workspaces where is_canary',
      'delete from app.workspace_ids i using tenant.workspaces w where w.workspace_id = i.workspace_id and w.is_canary',
      'rows of app.workspace_ids',
    ],
    [
      "insert into identity.membership_index values ('01970000-0000-7000-8000-000000000001', '01970000-0000-7000-8000-000000000002')",
      "delete from identity.membership_index where identity_id = '01970000-0000-7000-8000-000000000001'",
      'rows of identity.membership_index',
    ],
  ])('are missed or found too many: %s', async (change, back, check) => {
    await ask(scratch.admin, change)
    expect(await findings()).toEqual([check])
    await ask(scratch.admin, back)
    expect(await findings()).toEqual([])
  })

  test('prove nothing to a role that does not see all of them', async () => {
    const verdicts = await checkDerivedRows(askerOf(scratch.database.logins.app))
    expect(verdicts.map(({ result }) => result)).toEqual(Array.from({ length: 7 }, () => 'not_probed'))
  })
})
