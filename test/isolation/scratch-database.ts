import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Uuid } from '@hyponema/contract'
import { systemClock } from '../../packages/server/src/kernel/clock.ts'
import { idMaker } from '../../packages/server/src/kernel/new-id.ts'
import { writeSecretFile } from '../../packages/server/src/platform/crypto/write-secret-file.ts'
import { type Database, openDatabase } from '../../packages/server/src/platform/postgres/database.ts'
import { type LoginPool, openLoginPool } from '../../packages/server/src/platform/postgres/login-pool.ts'
import { freshDatabase } from '../harness/fresh-database.ts'

export { askAs as ask } from '../../packages/server/src/platform/postgres/ask-as.ts'

export const newId: () => Uuid = idMaker(systemClock)

/** A migrated database of its own. `admin` is the superuser: it sees all rows and plants the ones that are attacked. */
export type Scratch = {
  readonly database: Database
  readonly admin: LoginPool
  readonly adminUrl: string
  readonly serverVersion: string
  readonly loginsPath: string
  readonly adminPath: string
  readonly close: () => Promise<void>
}

export async function openScratch(): Promise<Scratch> {
  const fresh = await freshDatabase()
  const folder = await mkdtemp(join(tmpdir(), 'hyponema-isolation-'))
  const loginsPath = join(folder, 'logins.json')
  const adminPath = join(folder, 'admin.json')
  await writeSecretFile(loginsPath, JSON.stringify(fresh.logins))
  await writeSecretFile(adminPath, JSON.stringify(fresh.admin))
  const database = openDatabase({ address: fresh.address, logins: fresh.logins })
  const admin = openLoginPool({ address: fresh.address, login: fresh.superuser, limits: { maxConnections: 2 } })
  return {
    database,
    admin,
    adminUrl: fresh.adminUrl,
    serverVersion: fresh.serverVersion,
    loginsPath,
    adminPath,
    close: async () => {
      await database.close()
      await admin.close()
      await fresh.drop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
