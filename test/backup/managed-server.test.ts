import { execFile } from 'node:child_process'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newPassword } from '../../packages/server/src/platform/crypto/new-password.ts'
import { makeBackup } from '../../packages/server/src/platform/postgres/backup/make-backup.ts'
import { restoreBackup } from '../../packages/server/src/platform/postgres/backup/restore-backup.ts'
import { parseAdminUrl } from '../../packages/server/src/platform/postgres/database-address.ts'
import { type LoginPool, openLoginPool } from '../../packages/server/src/platform/postgres/login-pool.ts'
import { readAdminLogins } from '../../packages/server/src/platform/postgres/logins.ts'
import { migrate } from '../../packages/server/src/platform/postgres/migrate.ts'
import { startTestCluster, type TestCluster } from '../harness/fresh-database.ts'
import { ask, openScratch, type Scratch } from '../isolation/scratch-database.ts'
import { backupOf, piecesOf } from './backup-of.ts'
import { rowsOf } from './compare-databases.ts'
import { plantEverything } from './plant-everything.ts'

async function binariesOfThisRun() {
  const binaries = process.env['HYPONEMA_TEST_POSTGRES_BIN']
  if (binaries === undefined) return {}
  const { stdout } = await promisify(execFile)(join(binaries, 'postgres'), ['--version'])
  return { binaries: { folder: binaries, version: /\d+\.\d+/.exec(stdout)?.[0] ?? '' } }
}

/** Roles belong to a whole server, so these tests have one of their own, whose administrator is no superuser. */
describe('a server whose administrator may not do everything', () => {
  let cluster: TestCluster
  let superuser: LoginPool
  let scratch: Scratch
  let folder: string
  beforeAll(async () => {
    cluster = await startTestCluster(await binariesOfThisRun())
    scratch = await openScratch()
    superuser = openLoginPool({ address: cluster.address, login: cluster.superuser, limits: { maxConnections: 1 } })
    folder = await mkdtemp('/tmp/hyponema-files-')
    await chmod(folder, 0o700)
    await ask(superuser, "create role provider login createrole createdb password 'provider-password'")
    await ask(superuser, 'create database managed owner provider')
  })
  afterAll(async () => {
    await superuser.close()
    await scratch.close()
    await cluster.stop()
    await rm(folder, { recursive: true, force: true })
  })

  const adminUrl = (): string =>
    `postgres://provider:provider-password@localhost:${cluster.address.port}/managed?host=${encodeURIComponent(cluster.address.host)}`

  test('takes a backup that was made elsewhere, with the notice of every start', async () => {
    await plantEverything(scratch)
    const backup = await backupOf(scratch)
    const done = await restoreBackup({
      adminUrl: adminUrl(),
      loginsPath: join(folder, 'logins.json'),
      adminPath: join(folder, 'admin.json'),
      newPassword,
      name: 'the.backup',
      open: () => piecesOf(backup),
    })
    expect(done.notices).toEqual([expect.stringContaining('not against injected SQL')])
    const managed = openLoginPool({ address: done.address, login: cluster.superuser, limits: { maxConnections: 1 } })
    for (const table of [
      'tenant.turns',
      'tenant.knowledge_index',
      'tenant.knowledge_words',
      'tenant.audit_events',
      'tenant.memberships',
      'identity.membership_index',
    ])
      expect(await rowsOf(managed, table), table).toEqual(await rowsOf(scratch.admin, table))
    expect(await rowsOf(managed, 'app.installation')).toEqual([
      '{"built_by": null, "only_row": true, "revokes_applied_at": null}',
    ])
    await managed.close()
  })

  test('hands the search index to a role that nobody is a member of, and changes nothing when it is migrated again', async () => {
    const { loginsPath, adminPath } = { loginsPath: join(folder, 'logins.json'), adminPath: join(folder, 'admin.json') }
    const managed = openLoginPool({
      address: parseAdminUrl(adminUrl()).address,
      login: cluster.superuser,
      limits: { maxConnections: 1 },
    })
    const handedOver = async () => [
      ...(await ask<{ owner: string }>(
        managed,
        `select c.oid::regclass::text as name, c.relowner::regrole::text as owner, c.relacl::text as rights from pg_class c
         where c.relname in ('knowledge_index', 'knowledge_words')
         union all
         select p.oid::regprocedure::text, p.proowner::regrole::text, p.proacl::text from pg_proc p where p.proname = 'search_knowledge'
         order by 1`,
      )),
      ...(await ask<{ owner: string }>(
        managed,
        // Since 16 whoever made a role holds ADMIN on it, which alone lets nobody act as it.
        `select m.rolname::text as owner from pg_auth_members am join pg_roles m on m.oid = am.member
         join pg_roles g on g.oid = am.roleid where g.rolname = 'hyponema_search'
           and coalesce((to_jsonb(am) ->> 'set_option')::boolean or (to_jsonb(am) ->> 'inherit_option')::boolean, true)`,
      )),
    ]
    const before = await handedOver()
    expect(before.map(({ owner }) => owner)).toEqual(['hyponema_search', 'hyponema_search', 'hyponema_search'])
    await migrate({ adminUrl: adminUrl(), loginsPath, adminPath, newPassword })
    expect(await handedOver()).toEqual(before)
    // What was lost by hand is put right by the next one.
    await ask(managed, 'alter table tenant.knowledge_index owner to hyponema_owner')
    expect(await handedOver()).not.toEqual(before)
    await migrate({ adminUrl: adminUrl(), loginsPath, adminPath, newPassword })
    expect((await handedOver()).map(({ owner }) => owner)).toEqual(before.map(({ owner }) => owner))
    await managed.close()
  })

  test('makes none, because its backup login would see no row', async () => {
    const { backup: login } = await readAdminLogins(join(folder, 'admin.json'))
    if (login === undefined) throw new Error('no backup login')
    const written: Uint8Array[] = []
    await expect(
      makeBackup({ address: parseAdminUrl(adminUrl()).address, login, keys: [] }, async (bytes) => {
        written.push(bytes)
      }),
    ).rejects.toThrow('on a managed server take the snapshot of its provider')
    expect(written).toEqual([])
  })
})
