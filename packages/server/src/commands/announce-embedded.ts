import type { Config } from '../config.ts'
import { writeSecretFile } from '../platform/crypto/write-secret-file.ts'
import type { DatabaseAddress } from '../platform/postgres/database-address.ts'
import { installationFiles } from './installation-files.ts'

/** Writes down where the embedded database is, for commands on this host; only when it is migrated and checked. */
export function announceEmbedded({ homeFolder }: Config, address: DatabaseAddress): Promise<void> {
  return writeSecretFile(installationFiles(homeFolder).address, `${JSON.stringify(address)}\n`)
}
