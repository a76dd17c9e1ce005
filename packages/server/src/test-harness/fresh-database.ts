import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { inject } from 'vitest'
import type { DatabaseAddress } from '../platform/postgres/database-address.ts'
import { administratorUrl } from '../platform/postgres/embedded/administrator-url.ts'
import { connectionConfig } from '../platform/postgres/login-pool.ts'
import type { AdminLogins, Login, Logins } from '../platform/postgres/logins.ts'
import { askClusterBroker } from './cluster-broker.ts'
import { type MigratedCluster, startMigratedCluster } from './migrated-cluster.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Socket of the broker in the main process; absent where the run has no global setup. */
    readonly hyponemaClusterBroker: string | undefined
  }
}

/** A database of one's own, already migrated, on the cluster of this run. Roles and passwords are the cluster's. */
export type FreshDatabase = {
  readonly address: DatabaseAddress
  /** As DATABASE_URL takes it: no user, no password. */
  readonly databaseUrl: string
  /** As `migrate` takes it: the superuser's. */
  readonly adminUrl: string
  readonly superuser: Login
  readonly logins: Logins
  readonly admin: AdminLogins
  /** `18.4...` or `15.x`. */
  readonly serverVersion: string
  /** Ends what is still connected and removes the database. Not calling it costs disk until the end of the run. */
  readonly drop: () => Promise<void>
}

let cluster: Promise<MigratedCluster> | undefined

/** Clones the migrated template: about 50 ms. Call it in `beforeAll`; each test file gets its own. */
export async function freshDatabase(): Promise<FreshDatabase> {
  const { address: template, superuser, logins, admin, version } = await (cluster ??= findCluster())
  const name = `test_${randomUUID().replaceAll('-', '')}`
  await asSuperuser(template, superuser, async (client) => {
    await client.query(`create database ${name} template ${template.database}`)
    await client.query(await databaseGrants(client, template.database, name))
  })
  const address = { ...template, database: name }
  return {
    address,
    databaseUrl: `postgres://localhost:${address.port}/${name}?host=${encodeURIComponent(address.host)}`,
    adminUrl: administratorUrl(address, superuser),
    superuser,
    logins,
    admin,
    serverVersion: version,
    drop: () =>
      asSuperuser(template, superuser, async (client) => {
        await client.query(`drop database if exists ${name} with (force)`)
      }),
  }
}

async function findCluster(): Promise<MigratedCluster> {
  const broker = inject('hyponemaClusterBroker')
  if (broker !== undefined) return askClusterBroker(broker)
  return (await startMigratedCluster()).cluster
}

/** Whoever connects as superuser connects to `postgres`: the template must have no sessions while it is cloned. */
async function asSuperuser(
  address: DatabaseAddress,
  superuser: Login,
  work: (client: pg.Client) => Promise<void>,
): Promise<void> {
  const client = new pg.Client(connectionConfig({ ...address, database: 'postgres' }, superuser))
  await client.connect()
  try {
    await work(client)
  } finally {
    await client.end()
  }
}

/** A clone has everything of its template but the rights on the database itself. */
async function databaseGrants(client: pg.Client, template: string, name: string): Promise<string> {
  const { rows } = await client.query<{ statement: string }>(
    `select format('grant %s on database %I to %s', a.privilege_type, $2::text,
       case a.grantee when 0 then 'public' else a.grantee::regrole::text end) as statement
     from pg_database d, aclexplode(d.datacl) a where d.datname = $1`,
    [template, name],
  )
  return [`revoke all on database ${name} from public`, ...rows.map((row) => row.statement)].join(';\n')
}
