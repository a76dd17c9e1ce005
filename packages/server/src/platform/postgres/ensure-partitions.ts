import { extendedQuery } from './extended-query.ts'
import type { LoginPool } from './login-pool.ts'

/** Makes the partitions of this month and the next three where they are missing; the worker calls it daily. */
export async function ensurePartitions(login: LoginPool): Promise<void> {
  const client = await login.pool.connect()
  try {
    await extendedQuery(client, 'select app.ensure_partitions()')
    client.release()
  } catch (error) {
    client.release(true)
    throw error
  }
}
