/** The door of sign-in: no workspace, no row of a tenant, no other login; and one person for one address. */
import { parseEmail } from '@hyponema/contract'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findOrCreateIdentity } from '../../packages/server/src/features/sign-in/public.ts'
import { systemClock } from '../../packages/server/src/kernel/clock.ts'
import { idMaker } from '../../packages/server/src/kernel/new-id.ts'
import { type Database, openDatabase } from '../../packages/server/src/platform/postgres/database.ts'
import { openLoginPool } from '../../packages/server/src/platform/postgres/login-pool.ts'
import { createWithIdentity } from '../../packages/server/src/platform/postgres/with-identity.ts'
import { type FreshDatabase, freshDatabase } from '../../packages/server/src/test-harness/fresh-database.ts'

const newId = idMaker(systemClock)

function address(text: string) {
  const email = parseEmail(text)
  if (email === undefined) throw new Error(`${text} is no address`)
  return email
}

describe('the door into identity', () => {
  let fresh: FreshDatabase
  let database: Database
  beforeAll(async () => {
    fresh = await freshDatabase()
    database = openDatabase({ address: fresh.address, logins: fresh.logins })
  })
  afterAll(async () => {
    await database.close()
    await fresh.drop()
  })

  test('one address is one person, however many ask at once', async () => {
    const email = address('Ada@Example.com')
    const ids = await Promise.all(
      Array.from({ length: 4 }, () => database.withIdentity((tx) => findOrCreateIdentity(tx, { email, newId }))),
    )
    expect(new Set(ids).size).toBe(1)
    expect(
      await database.withIdentity((tx) => findOrCreateIdentity(tx, { email: address('ada@example.com'), newId })),
    ).toBe(ids[0])
  })

  test('has no scope, and sees no row of a tenant nor what its login has no right on', async () => {
    const scope = await database.withIdentity((tx) =>
      sql<{ scope: string | null }>`select app.current_workspace() as scope`.execute(tx.db),
    )
    expect(scope.rows).toEqual([{ scope: null }])
    for (const table of ['memberships', 'workspaces', 'users', 'api_keys']) {
      await expect(
        database.withIdentity((tx) => sql`select 1 from ${sql.table(`tenant.${table}`)}`.execute(tx.db)),
      ).rejects.toMatchObject({ code: '42501' })
    }
  })

  test.each(['app', 'worker', 'sealer'] as const)('does not open for the login %s', async (name) => {
    const login = openLoginPool({ address: fresh.address, login: fresh.logins[name], limits: { maxConnections: 1 } })
    const door = createWithIdentity(login)
    for (const table of ['identities', 'sign_in_requests', 'membership_index'] as const) {
      await expect(door((tx) => tx.db.selectFrom(`identity.${table}`).selectAll().execute())).rejects.toMatchObject({
        code: '42501',
      })
    }
    await login.close()
  })

  test('refuses a connection that still has a scope, and what failed inside is rolled back', async () => {
    const login = openLoginPool({ address: fresh.address, login: fresh.logins.auth, limits: { maxConnections: 1 } })
    const client = await login.pool.connect()
    await client.query(`set app.workspace_id = '${newId()}'`)
    client.release()
    const door = createWithIdentity(login)
    await expect(door(async () => undefined)).rejects.toThrow('a pooled connection still had a scope')
    const email = address('eve@example.com')
    await expect(
      door(async (tx) => {
        await findOrCreateIdentity(tx, { email, newId })
        throw new Error('later')
      }),
    ).rejects.toThrow('later')
    const rows = await door((tx) =>
      tx.db.selectFrom('identity.identities').select('id').where('email', '=', email).execute(),
    )
    expect(rows).toEqual([])
    await login.close()
  })
})
