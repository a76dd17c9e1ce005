import { execFile } from 'node:child_process'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { provenScope } from '../../packages/server/src/kernel/workspace-scope.ts'
import { newPassword } from '../../packages/server/src/platform/crypto/new-password.ts'
import { assertBoundary } from '../../packages/server/src/platform/postgres/assert-boundary.ts'
import { openDatabase } from '../../packages/server/src/platform/postgres/database.ts'
import { type LoginPool, openLoginPool } from '../../packages/server/src/platform/postgres/login-pool.ts'
import { migrate } from '../../packages/server/src/platform/postgres/migrate.ts'
import { startTestCluster, type TestCluster } from '../harness/fresh-database.ts'
import { ask, newId } from './scratch-database.ts'

/** The same server version as the other suites of this run. */
async function binariesOfThisRun() {
  const binaries = process.env['HYPONEMA_TEST_POSTGRES_BIN']
  if (binaries === undefined) return {}
  const { stdout } = await promisify(execFile)(join(binaries, 'postgres'), ['--version'])
  return { binaries: { folder: binaries, version: /\d+\.\d+/.exec(stdout)?.[0] ?? '' } }
}

/** Roles belong to a whole server, so these tests have one of their own. */
describe('a server that is not ours', () => {
  let cluster: TestCluster
  let superuser: LoginPool
  let folder: string
  beforeAll(async () => {
    cluster = await startTestCluster(await binariesOfThisRun())
    superuser = openLoginPool({ address: cluster.address, login: cluster.superuser, limits: { maxConnections: 1 } })
    folder = await mkdtemp('/tmp/hyponema-files-')
    await chmod(folder, 0o700)
    await ask(superuser, "create role provider login createrole createdb password 'provider-password'")
    await ask(superuser, 'create database managed owner provider')
    await ask(superuser, 'create database plain')
  })
  afterAll(async () => {
    await superuser.close()
    await cluster.stop()
    await rm(folder, { recursive: true, force: true })
  })

  const urlOf = (user: string, password: string, database: string): string =>
    `postgres://${user}:${encodeURIComponent(password)}@localhost:${cluster.address.port}/${database}?host=${encodeURIComponent(cluster.address.host)}`
  const run = (adminUrl: string) =>
    migrate({ adminUrl, loginsPath: join(folder, 'logins.json'), adminPath: join(folder, 'admin.json'), newPassword })

  test('a managed one, without superuser, is migrated twice and serves with a notice', async () => {
    const url = urlOf('provider', 'provider-password', 'managed')
    const first = await run(url)
    expect(first.revokesApplied).toBe(false)
    expect(await run(url)).toMatchObject({ applied: [], logins: first.logins })
    const database = openDatabase({ address: first.address, logins: first.logins })
    expect(await assertBoundary(database)).toEqual([expect.stringContaining('not against injected SQL')])
    const [one, two] = [provenScope(newId()), provenScope(newId())]
    await database.withWorkspace(one, (tx) =>
      tx.db.insertInto('tenant.workspaces').values({ workspace_id: one.workspaceId, name: 'Managed' }).execute(),
    )
    const read = (scope: typeof one) =>
      database.withWorkspace(scope, (tx) => tx.db.selectFrom('tenant.workspaces').select('name').execute())
    expect(await read(one)).toEqual([{ name: 'Managed' }])
    expect(await read(two)).toEqual([])
    await database.close()
  })

  test('a later migrate by a superuser makes the revokes, and takes back what roles were given since', async () => {
    const url = urlOf(cluster.superuser.user, cluster.superuser.password, 'managed')
    await ask(superuser, 'alter role hyponema_app bypassrls createdb')
    await ask(superuser, 'grant hyponema_owner to hyponema_worker')
    await ask(superuser, 'grant pg_read_all_data to hyponema_auth')
    const { address, logins } = await run(url)
    const database = openDatabase({ address, logins })
    expect(await assertBoundary(database)).toEqual([])
    await database.close()
  })

  test('a second database of the same server shares the logins, and each has its own revokes', async () => {
    const url = urlOf(cluster.superuser.user, cluster.superuser.password, 'plain')
    const { address, logins, applied } = await run(url)
    expect(applied.length).toBeGreaterThan(0)
    for (const name of ['plain', 'managed']) {
      const database = openDatabase({ address: { ...address, database: name }, logins })
      expect(await assertBoundary(database)).toEqual([])
      await database.close()
    }
  })
})
