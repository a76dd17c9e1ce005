import { randomUUID } from 'node:crypto'
import type { DatabaseAddress } from '../../packages/server/src/platform/postgres/database-address.ts'
import { parseAdminUrl } from '../../packages/server/src/platform/postgres/database-address.ts'
import { administratorUrl } from '../../packages/server/src/platform/postgres/embedded/administrator-url.ts'
import { type LoginPool, openLoginPool } from '../../packages/server/src/platform/postgres/login-pool.ts'
import { ask, type Scratch } from '../isolation/scratch-database.ts'

/** A database beside the scratch one that nobody has migrated. */
export type EmptyDatabase = {
  readonly address: DatabaseAddress
  readonly adminUrl: string
  /** The superuser: it sees all rows. Connects when it is first asked. */
  readonly admin: LoginPool
  readonly drop: () => Promise<void>
}

export async function emptyDatabase(scratch: Scratch): Promise<EmptyDatabase> {
  const { address: beside, login } = parseAdminUrl(scratch.adminUrl)
  const name = `restored_${randomUUID().replaceAll('-', '')}`
  await ask(scratch.admin, `create database ${name} template template0`)
  const address = { ...beside, database: name }
  const admin = openLoginPool({ address, login, limits: { maxConnections: 2 } })
  return {
    address,
    adminUrl: administratorUrl(address, login),
    admin,
    drop: async () => {
      await admin.close()
      await ask(scratch.admin, `drop database if exists ${name} with (force)`)
    },
  }
}
