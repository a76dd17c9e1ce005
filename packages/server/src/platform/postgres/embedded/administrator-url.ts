import type { DatabaseAddress } from '../database-address.ts'
import type { Login } from '../logins.ts'

/** The URL that `migrate` takes, for a server behind a unix socket. It contains the password: never log it. */
export function administratorUrl(address: DatabaseAddress, login: Login): string {
  const part = encodeURIComponent
  return `postgres://${part(login.user)}:${part(login.password)}@localhost:${address.port}/${part(address.database)}?host=${part(address.host)}`
}
