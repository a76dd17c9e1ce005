import type { DatabaseAddress } from './database-address.ts'
import { type LoginPool, openLoginPool, type PoolLimits } from './login-pool.ts'
import type { Logins } from './logins.ts'
import { createWithIdentity, type WithIdentity } from './with-identity.ts'
import { createWithUnproven, type WithUnproven } from './with-unproven.ts'
import { createWithWorkspace, type WithWorkspace } from './with-workspace.ts'

/** The doors into one database. `withWorkspace` is the app's; the worker and the auth login have their own. */
export type Database = {
  readonly address: DatabaseAddress
  readonly withWorkspace: WithWorkspace
  readonly withUnproven: WithUnproven
  readonly workerWithWorkspace: WithWorkspace
  readonly authWithWorkspace: WithWorkspace
  /** Who a person is; for sign-in alone. */
  readonly withIdentity: WithIdentity
  /** For start-up checks, the job runner and the listener; features take the doors above. */
  readonly logins: Readonly<Record<keyof Logins, LoginPool>>
  readonly close: () => Promise<void>
}

/** Opens no connection yet. `onLost` hears of idle connections that the server closed. */
export function openDatabase(options: {
  address: DatabaseAddress
  logins: Logins
  limits?: Partial<PoolLimits>
  onLost?: (error: Error) => void
}): Database {
  const { address, logins, ...others } = options
  const open = (login: Logins[keyof Logins], limits: Partial<PoolLimits> = {}): LoginPool =>
    openLoginPool({ ...others, address, login, limits: { ...limits, ...options.limits } })
  // Auth and sealer do little; four connections keep them apart from the others' load.
  const pools = {
    app: open(logins.app),
    worker: open(logins.worker, { maxConnections: 8 }),
    auth: open(logins.auth, { maxConnections: 4 }),
    sealer: open(logins.sealer, { maxConnections: 2 }),
  }
  return {
    address,
    withWorkspace: createWithWorkspace(pools.app),
    withUnproven: createWithUnproven(pools.app),
    workerWithWorkspace: createWithWorkspace(pools.worker),
    authWithWorkspace: createWithWorkspace(pools.auth),
    withIdentity: createWithIdentity(pools.auth),
    logins: pools,
    close: async () => {
      await Promise.all(Object.values(pools).map((pool) => pool.close()))
    },
  }
}
