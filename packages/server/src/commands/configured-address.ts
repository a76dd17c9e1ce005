import type { Config } from '../config.ts'
import { type DatabaseAddress, parseDatabaseUrl } from '../platform/postgres/database-address.ts'

/** The address in DATABASE_URL, or undefined for the embedded database. */
export function configuredAddress(config: Config): DatabaseAddress | undefined {
  return config.databaseUrl === undefined ? undefined : parseDatabaseUrl(config.databaseUrl)
}
