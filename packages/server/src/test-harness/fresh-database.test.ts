import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { connectionConfig } from '../platform/postgres/login-pool.ts'
import type { Login } from '../platform/postgres/logins.ts'
import { type FreshDatabase, freshDatabase } from './fresh-database.ts'

describe('a fresh database', () => {
  let one: FreshDatabase
  let other: FreshDatabase
  beforeAll(async () => {
    ;[one, other] = await Promise.all([freshDatabase(), freshDatabase()])
  })
  afterAll(() => Promise.all([one.drop(), other.drop()]))

  const ask = async (database: FreshDatabase, login: Login, sql: string): Promise<unknown> => {
    const client = new pg.Client(connectionConfig(database.address, login))
    await client.connect()
    try {
      return (await client.query<{ answer: unknown }>(sql)).rows[0]?.answer
    } finally {
      await client.end()
    }
  }

  test('is a database of its own', async () => {
    expect(one.address.database).not.toBe(other.address.database)
    await ask(one, one.superuser, 'create table public.mark ()')
    const found = `select to_regclass('public.mark') is not null as answer`
    expect(await ask(one, one.superuser, found)).toBe(true)
    expect(await ask(other, other.superuser, found)).toBe(false)
  })

  test.each(['app', 'worker', 'auth', 'sealer'] as const)('is open to the %s login with its password', async (role) => {
    const login = one.logins[role]
    expect(await ask(one, login, 'select current_user::text as answer')).toBe(login.user)
    await expect(ask(one, { ...login, password: 'wrong' }, 'select 1')).rejects.toThrow(
      'password authentication failed',
    )
  })

  test('has the rights of the migrated template', async () => {
    const acl = `select d.datacl::text as answer from pg_database d where d.datname = `
    const template = await ask(one, one.superuser, `${acl}'hyponema'`)
    expect(String(template)).toContain('hyponema_app=c')
    expect(await ask(one, one.superuser, `${acl}current_database()`)).toBe(template)
  })
})
