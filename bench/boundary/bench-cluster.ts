import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { newPassword } from '../../packages/server/src/platform/crypto/new-password.ts'
import { askAs } from '../../packages/server/src/platform/postgres/ask-as.ts'
import type { DatabaseAddress } from '../../packages/server/src/platform/postgres/database-address.ts'
import { administratorUrl } from '../../packages/server/src/platform/postgres/embedded/administrator-url.ts'
import { readHostFacts } from '../../packages/server/src/platform/postgres/embedded/host-facts.ts'
import { startEmbeddedPostgres } from '../../packages/server/src/platform/postgres/embedded/start-embedded-postgres.ts'
import { openLoginPool } from '../../packages/server/src/platform/postgres/login-pool.ts'
import type { Login } from '../../packages/server/src/platform/postgres/logins.ts'
import { migrate } from '../../packages/server/src/platform/postgres/migrate.ts'

/** A PostgreSQL with the settings of the product, and a watch on what its statements cost. */
export type BenchCluster = {
  /** The migrated database. */
  readonly address: DatabaseAddress
  /** `.hyponema` of an installation on it. */
  readonly home: string
  readonly version: string
  readonly pid: number
  /** One statement as the superuser, in that database or another one of the cluster. */
  readonly ask: (sql: string, database?: string) => Promise<readonly Record<string, unknown>[]>
  readonly stop: () => Promise<void>
}

export async function startBenchCluster(): Promise<BenchCluster> {
  const folder = await mkdtemp('/tmp/hyponema-bench-')
  // As root the server runs as another user, who must be able to pass through.
  await chmod(folder, 0o711)
  const home = join(folder, 'home')
  let password = ''
  const postgres = await startEmbeddedPostgres({
    homeFolder: home,
    newPassword,
    saveSuperuserPassword: async (made) => {
      password = made
      await writeFile(join(folder, 'superuser-password'), made, { mode: 0o600 })
    },
    facts: { ...readHostFacts(), rootStateFolder: join(folder, 'state') },
    settings: {
      shared_preload_libraries: 'pg_stat_statements',
      'pg_stat_statements.track_planning': 'on',
      // A collector that begins in one half of a pair would be counted there.
      autovacuum: 'off',
    },
  })
  const superuser: Login = { user: postgres.superuserName, password }
  const { address } = postgres
  await migrate({
    adminUrl: administratorUrl(address, superuser),
    loginsPath: join(home, 'logins.json'),
    adminPath: join(home, 'admin.json'),
    newPassword,
  })
  return {
    address,
    home,
    version: postgres.version,
    pid: postgres.pid,
    ask: (sql, database) => askOnce({ ...address, database: database ?? address.database }, superuser, sql),
    stop: async () => {
      await postgres.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function askOnce(address: DatabaseAddress, login: Login, sql: string) {
  const pool = openLoginPool({ address, login, limits: { maxConnections: 1, statementTimeoutMs: 120_000 } })
  try {
    return await askAs<Record<string, unknown>>(pool, sql)
  } finally {
    await pool.close()
  }
}
