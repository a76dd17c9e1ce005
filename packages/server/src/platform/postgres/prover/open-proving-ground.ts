import { StartupRefusal } from '../../../kernel/startup-refusal.ts'
import { ownCommand } from '../../own-command.ts'
import { openDatabase } from '../database.ts'
import type { DatabaseAddress } from '../database-address.ts'
import { openLoginPool } from '../login-pool.ts'
import type { AdminLogins, Login, Logins } from '../logins.ts'
import type { ProvingGround } from './prove-isolation.ts'

/** Opens no connection yet. The database must be a scratch one: rows are planted in it. */
export function openProvingGround(options: {
  address: DatabaseAddress
  logins: Logins
  admin: AdminLogins
  superuser: Login
}): ProvingGround & { readonly close: () => Promise<void> } {
  const { address, logins, superuser } = options
  const { backup, migrator } = options.admin
  if (backup === undefined || migrator === undefined)
    throw new StartupRefusal(`admin.json names no backup and no migrator; run \`${ownCommand('migrate URL')}\` first.`)
  // One for what is asked meanwhile, and one for the transaction of each login.
  const open = (login: Login) => openLoginPool({ address, login, limits: { maxConnections: 5 } })
  const database = openDatabase({ address, logins })
  const pools = { backup: open(backup), migrator: open(migrator), superuser: open(superuser) }
  return {
    logins: database.logins,
    ...pools,
    close: async () => {
      await database.close()
      for (const pool of Object.values(pools)) await pool.close()
    },
  }
}
