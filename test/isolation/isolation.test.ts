import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseAdminUrl } from '../../packages/server/src/platform/postgres/database-address.ts'
import { readAdminLogins, readLogins } from '../../packages/server/src/platform/postgres/logins.ts'
import { askerOf } from '../../packages/server/src/platform/postgres/prover/asker.ts'
import { openProvingGround } from '../../packages/server/src/platform/postgres/prover/open-proving-ground.ts'
import { proveIsolation } from '../../packages/server/src/platform/postgres/prover/prove-isolation.ts'
import { readTables } from '../../packages/server/src/platform/postgres/prover/read-tables.ts'
import { rowFactories } from '../../packages/server/src/platform/postgres/prover/row-factories.ts'
import { openScratch, type Scratch } from './scratch-database.ts'

describe('isolation', () => {
  let scratch: Scratch
  let ground: ReturnType<typeof openProvingGround>

  beforeAll(async () => {
    scratch = await openScratch()
    ground = openProvingGround({
      address: scratch.database.address,
      logins: await readLogins(scratch.loginsPath),
      admin: await readAdminLogins(scratch.adminPath),
      superuser: parseAdminUrl(scratch.adminUrl).login,
    })
  })
  afterAll(async () => {
    await ground.close()
    await scratch.close()
  })

  test('every table of tenants has a row factory', async () => {
    const tables = await readTables(askerOf(scratch.admin))
    expect([...new Set(tables.map(({ root }) => root))].sort()).toEqual(Object.keys(rowFactories).sort())
  })

  test('nothing crosses from one workspace into another: no verb, no function, no way out of a scope', async () => {
    const verdicts = await proveIsolation(ground)
    expect(verdicts.filter(({ result }) => result !== 'held')).toEqual([])
    expect(verdicts.length).toBeGreaterThan(10_000)
  })
})
