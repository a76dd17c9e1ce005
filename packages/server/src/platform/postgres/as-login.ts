import pg from 'pg'
import { StartupRefusal } from '../../kernel/startup-refusal.ts'
import type { DatabaseAddress } from './database-address.ts'
import { connectionConfig } from './login-pool.ts'
import type { Login } from './logins.ts'

/**
 * A function or an operator in `public` whose types fit a call better than the server's own is called instead, with the
 * rights of an administrator. Before a first migrate, and where somebody gave it back, others may have put some there.
 */
const onlyTheServers = '-c search_path=pg_catalog,pg_temp'

/** One connection of an administration login, closed when the work is done. A server that does not answer is a refusal. */
export async function asLogin<T>(
  address: DatabaseAddress,
  login: Login,
  work: (client: pg.Client) => Promise<T>,
  extra: { readonly options?: string } = {},
): Promise<T> {
  const client = new pg.Client({
    ...connectionConfig(address, login),
    connectionTimeoutMillis: 10_000,
    options: `${onlyTheServers} ${extra.options ?? ''}`,
  })
  // Without a listener a connection that the server closes would end the process.
  client.on('error', () => {})
  try {
    await client.connect()
  } catch (error) {
    throw new StartupRefusal(
      `The database at ${address.host}:${address.port}/${address.database} cannot be reached as ${login.user}: ${reason(error)}; check the URL and that the server runs.`,
      { cause: error },
    )
  }
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

function reason(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reason).join(', ')
  return error instanceof Error ? error.message : String(error)
}
