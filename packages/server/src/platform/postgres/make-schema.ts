import { Logger, runMigrations } from 'graphile-worker'
import pg from 'pg'
import { applyMigrations } from './apply-migrations.ts'
import { asLogin } from './as-login.ts'
import type { DatabaseAddress } from './database-address.ts'
import { connectionConfig } from './login-pool.ts'
import type { Login } from './logins.ts'
import type { Migration } from './read-migrations.ts'
import { ownerRole } from './roles.ts'
import { ledgerScript, runEveryTime } from './run-every-time.ts'

/** The migrator does not inherit the owner's rights; it acts as the owner from its first statement on. */
export const actAsOwner = { options: `-c role=${ownerRole}` }

/** Makes the job tables, the ledger and what these steps make. Returns the names of the steps that were applied now. */
export async function makeSchema(
  address: DatabaseAddress,
  migrator: Login,
  migrations: readonly Migration[],
): Promise<readonly string[]> {
  await migrateJobTables(address, migrator)
  return asLogin(
    address,
    migrator,
    async (client) => {
      await makeLedger(client)
      const names = await applyMigrations(client, migrations)
      await runEveryTime(client, 'worker-tables.sql')
      return names
    },
    actAsOwner,
  )
}

/** IF NOT EXISTS does not keep two that run at once apart; the one that comes second finds it made. */
async function makeLedger(client: pg.Client): Promise<void> {
  const make = () => runEveryTime(client, ledgerScript)
  await make().catch(make)
}

async function migrateJobTables(address: DatabaseAddress, migrator: Login): Promise<void> {
  // A pool, because the library wants one. Its connections act as the owner, which then owns the job tables.
  const pool = new pg.Pool({ ...connectionConfig(address, migrator), max: 1, ...actAsOwner })
  // Without listeners the library warns, and a connection that the server closes would end the process.
  pool.on('error', () => {})
  pool.on('connect', (client) => client.on('error', () => {}))
  try {
    await runMigrations({ pgPool: pool, logger: new Logger(() => () => {}) })
  } finally {
    await pool.end()
  }
}
