import pg from 'pg'
import type { DatabaseAddress } from './database-address.ts'
import { connectionConfig } from './login-pool.ts'
import type { Login } from './logins.ts'

/**
 * A pool for a library that sends its own statements. None of its connections ever carries a scope, so row security
 * shows it no row of any workspace.
 */
export function openUnscopedPool(options: {
  address: DatabaseAddress
  login: Login
  maxConnections: number
  onError: (error: unknown) => void
}): pg.Pool {
  const pool = new pg.Pool({ ...connectionConfig(options.address, options.login), max: options.maxConnections })
  pool.on('error', options.onError)
  pool.on('connect', (client) => client.on('error', options.onError))
  return pool
}
