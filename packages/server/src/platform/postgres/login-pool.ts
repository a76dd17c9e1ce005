import pg from 'pg'
import type { DatabaseAddress } from './database-address.ts'
import type { Login } from './logins.ts'

/** Connections of one login. Handed to `createWithWorkspace` and to start-up checks; features never see it. */
export type LoginPool = {
  readonly user: string
  readonly pool: pg.Pool
  readonly close: () => Promise<void>
}

export type PoolLimits = {
  readonly maxConnections: number
  /** Longest single statement. 15 s is far above any of ours and far below what a caller waits. */
  readonly statementTimeoutMs: number
  /** Longest silence inside a transaction: no transaction of ours waits for anything but the database. */
  readonly idleInTransactionTimeoutMs: number
  readonly lockTimeoutMs: number
  readonly connectTimeoutMs: number
}

const defaultLimits: PoolLimits = {
  maxConnections: 16,
  statementTimeoutMs: 15_000,
  idleInTransactionTimeoutMs: 30_000,
  lockTimeoutMs: 5_000,
  connectTimeoutMs: 5_000,
}

/** Opens no connection yet. `onLost` hears of idle connections that the server closed. */
export function openLoginPool(options: {
  address: DatabaseAddress
  login: Login
  limits?: Partial<PoolLimits>
  onLost?: (error: Error) => void
}): LoginPool {
  const limits = { ...defaultLimits, ...options.limits }
  const pool = new pg.Pool({
    ...connectionConfig(options.address, options.login),
    max: limits.maxConnections,
    connectionTimeoutMillis: limits.connectTimeoutMs,
    idleTimeoutMillis: 30_000,
    // These are the session's reset values, so that RESET ALL at check-in returns to them.
    statement_timeout: limits.statementTimeoutMs,
    lock_timeout: limits.lockTimeoutMs,
    idle_in_transaction_session_timeout: limits.idleInTransactionTimeoutMs,
    // The server should have answered by then; if it has not, the connection is destroyed.
    query_timeout: limits.statementTimeoutMs + 5_000,
    // Statements of one transaction are sent without waiting for the answers before.
    pipeline: true,
  })
  pool.on('error', (error) => options.onLost?.(error))
  // A connection that is lost while it is checked out speaks through its statements; unheard, this event would end the process.
  pool.on('connect', (client) => client.on('error', () => {}))
  return { user: options.login.user, pool, close: () => pool.end() }
}

/** What pg needs to reach one database as one login. A password file or variable of the machine is never consulted. */
export function connectionConfig(address: DatabaseAddress, login: Login): pg.ClientConfig {
  return {
    host: address.host,
    port: address.port,
    database: address.database,
    user: login.user,
    password: login.password,
    application_name: 'hyponema',
    keepAlive: true,
    ssl: address.tls === 'off' ? false : { rejectUnauthorized: address.tls === 'verify' },
  }
}
