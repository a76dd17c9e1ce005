import { newPassword } from '../../packages/server/src/platform/crypto/new-password.ts'
import { makeBackup } from '../../packages/server/src/platform/postgres/backup/make-backup.ts'
import { type Restored, restoreBackup } from '../../packages/server/src/platform/postgres/backup/restore-backup.ts'
import type { DatabaseAddress } from '../../packages/server/src/platform/postgres/database-address.ts'
import { readAdminLogins } from '../../packages/server/src/platform/postgres/logins.ts'
import type { Scratch } from '../isolation/scratch-database.ts'
import type { EmptyDatabase } from './empty-database.ts'

/** The bytes of a backup, as the command would write them. */
export async function backupOf(scratch: Scratch, address: DatabaseAddress = scratch.database.address): Promise<Buffer> {
  const { backup } = await readAdminLogins(scratch.adminPath)
  if (backup === undefined) throw new Error('the scratch database has no backup login')
  const pieces: Uint8Array[] = []
  await makeBackup({ address, login: backup, keys: [] }, async (bytes) => {
    pieces.push(Uint8Array.from(bytes))
  })
  return Buffer.concat(pieces)
}

/** Restores bytes into an empty database. Roles and their passwords stay those of the scratch database's server. */
export function restoreInto(scratch: Scratch, target: EmptyDatabase, backup: Uint8Array): Promise<Restored> {
  return restoreBackup({
    adminUrl: target.adminUrl,
    loginsPath: scratch.loginsPath,
    adminPath: scratch.adminPath,
    newPassword,
    name: 'the.backup',
    open: () => piecesOf(backup),
  })
}

/** In pieces of an odd size, so that blocks lie across them. */
export async function* piecesOf(bytes: Uint8Array, size = 70_001): AsyncGenerator<Uint8Array> {
  for (let from = 0; from < bytes.length; from += size) yield bytes.subarray(from, from + size)
}
