import { StartupRefusal } from '../../kernel/startup-refusal.ts'
import { ownCommand } from '../own-command.ts'
import type { Login } from './logins.ts'

/** Where the database is: a host name or the folder of a unix socket, a port and a database name. Never who connects. */
export type DatabaseAddress = {
  readonly host: string
  readonly port: number
  readonly database: string
  /** `require` encrypts, `verify` also checks the certificate against the system's authorities. */
  readonly tls: 'off' | 'require' | 'verify'
}

/** Reads DATABASE_URL. It names host, port and database only; a user or a password in it is refused. */
export function parseDatabaseUrl(text: string): DatabaseAddress {
  const { address, login } = parse(text, 'DATABASE_URL')
  if (login.user !== '' || login.password !== '') {
    throw new StartupRefusal(
      `DATABASE_URL contains a user or a password; run \`${ownCommand('migrate URL')}\` once with that URL, then start with host, port and database only.`,
    )
  }
  return address
}

/** Reads the URL of an administrator, as `hyponema migrate URL` takes it. */
export function parseAdminUrl(text: string): { readonly address: DatabaseAddress; readonly login: Login } {
  const { address, login } = parse(text, 'The database URL')
  if (login.user === '') {
    throw new StartupRefusal(
      'The database URL names no user; write postgres://ADMINISTRATOR:PASSWORD@HOST:5432/DATABASE.',
    )
  }
  return { address, login }
}

function parse(text: string, what: string): { address: DatabaseAddress; login: Login } {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !['postgres:', 'postgresql:'].includes(url.protocol)) {
    throw new StartupRefusal(`${what} is not a PostgreSQL URL; write postgres://HOST:5432/DATABASE.`)
  }
  const database = decodeURIComponent(url.pathname.slice(1))
  if (database === '' || database.includes('/')) {
    throw new StartupRefusal(`${what} names no database; write postgres://HOST:5432/DATABASE.`)
  }
  const options = url.searchParams
  for (const name of options.keys()) {
    if (name !== 'host' && name !== 'sslmode') {
      throw new StartupRefusal(
        `${what} has the option ${name}; only host (a socket folder) and sslmode are understood.`,
      )
    }
  }
  const host = options.get('host') ?? decodeURIComponent(url.hostname)
  if (host === '') throw new StartupRefusal(`${what} names no host; write postgres://HOST:5432/DATABASE.`)
  return {
    address: {
      host: host.replace(/^\[(.*)\]$/, '$1'),
      port: url.port === '' ? 5432 : Number(url.port),
      database,
      tls: readTls(options.get('sslmode'), what),
    },
    login: { user: decodeURIComponent(url.username), password: decodeURIComponent(url.password) },
  }
}

function readTls(mode: string | null, what: string): DatabaseAddress['tls'] {
  if (mode === null || mode === 'disable') return 'off'
  if (mode === 'require') return 'require'
  if (mode === 'verify-full') return 'verify'
  throw new StartupRefusal(`${what} has sslmode=${mode}; write disable, require or verify-full.`)
}
