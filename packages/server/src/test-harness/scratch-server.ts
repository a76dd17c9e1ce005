import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { StartupRefusal } from '../kernel/startup-refusal.ts'
import { newPassword } from '../platform/crypto/new-password.ts'
import { type DatabaseAddress, parseAdminUrl } from '../platform/postgres/database-address.ts'
import type { Binaries } from '../platform/postgres/embedded/native-binaries.ts'
import { connectionConfig } from '../platform/postgres/login-pool.ts'
import { type AdminLogins, type Login, type Logins, readAdminLogins } from '../platform/postgres/logins.ts'
import { migrate } from '../platform/postgres/migrate.ts'
import { startMigratedCluster } from './migrated-cluster.ts'

/** A migrated database that may be filled and thrown away, with everybody who may connect to it. */
export type ScratchServer = {
  readonly address: DatabaseAddress
  readonly logins: Logins
  readonly admin: AdminLogins
  readonly superuser: Login
  readonly version: string
  /** Removes everything that was made. */
  readonly close: () => Promise<void>
}

/** A server of its own, or a database on the server of an administrator's URL. */
export async function openScratchServer(options: {
  url: string | undefined
  binaries: Binaries | undefined
}): Promise<ScratchServer> {
  if (options.url !== undefined) return onServerOf(options.url)
  const started = await startMigratedCluster(options.binaries === undefined ? {} : { binaries: options.binaries })
  return { ...started.cluster, close: started.stop }
}

/**
 * Our roles belong to the whole server, and a migrate gives them new passwords. So a server that has an installation of
 * ours is refused, and the roles are removed again with the database.
 */
async function onServerOf(url: string): Promise<ScratchServer> {
  const { address, login: superuser } = parseAdminUrl(url)
  const version = await as(address, superuser, checkServer)
  const name = `hyponema_proof_${randomUUID().replaceAll('-', '')}`
  const folder = await mkdtemp(join(tmpdir(), 'hyponema-proof-'))
  const close = async (): Promise<void> => {
    await as(address, superuser, async (client) => {
      await client.query(`drop database if exists ${name} with (force)`)
      const { rows } = await client.query<{ name: string }>(ourRoles)
      for (const role of rows) await client.query(`drop role ${role.name}`)
    })
    await rm(folder, { recursive: true, force: true })
  }
  await as(address, superuser, async (client) => {
    await client.query(`create database ${name}`)
  })
  try {
    const adminUrl = new URL(url)
    adminUrl.pathname = `/${name}`
    const adminPath = join(folder, 'admin.json')
    const done = await migrate({
      adminUrl: adminUrl.href,
      loginsPath: join(folder, 'logins.json'),
      adminPath,
      newPassword,
    })
    return {
      address: done.address,
      logins: done.logins,
      admin: await readAdminLogins(adminPath),
      superuser,
      version,
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

const ourRoles = "select quote_ident(rolname) as name from pg_roles where rolname ~ '^hyponema_'"

async function checkServer(client: pg.Client): Promise<string> {
  const { rows } = await client.query<{ superuser: boolean; version: string }>(
    "select rolsuper as superuser, current_setting('server_version') as version from pg_roles where rolname = current_user",
  )
  if (rows[0]?.superuser !== true)
    throw new StartupRefusal(
      'The URL must name a superuser: the prover plants rows everywhere and becomes every login.',
    )
  const known = await client.query(ourRoles)
  if (known.rows.length > 0)
    throw new StartupRefusal(
      'This server has the roles of an installation, whose passwords a scratch database would replace; name another server, or none.',
    )
  return rows[0].version
}

async function as<T>(address: DatabaseAddress, login: Login, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client(connectionConfig(address, login))
  try {
    await client.connect()
  } catch (error) {
    throw new StartupRefusal(
      `${address.host}:${address.port}/${address.database} cannot be reached as ${login.user}.`,
      {
        cause: error,
      },
    )
  }
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}
