import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { newPassword } from '../../packages/server/src/platform/crypto/new-password.ts'
import { restoreBackup } from '../../packages/server/src/platform/postgres/backup/restore-backup.ts'
import { openScratch, type Scratch } from '../isolation/scratch-database.ts'
import { backupOf, piecesOf, restoreInto } from './backup-of.ts'
import { rowsOf } from './compare-databases.ts'
import { type EmptyDatabase, emptyDatabase } from './empty-database.ts'
import { plantEverything } from './plant-everything.ts'

describe('two restores into one database', () => {
  let scratch: Scratch
  let backup: Buffer
  let target: EmptyDatabase
  beforeAll(async () => {
    scratch = await openScratch()
    await plantEverything(scratch)
    backup = await backupOf(scratch)
  })
  beforeEach(async () => {
    target = await emptyDatabase(scratch)
  })
  afterEach(() => target.drop())
  afterAll(() => scratch.close())

  test('the second is refused and takes nothing away from the first', async () => {
    const { loginsPath, adminPath } = scratch
    const second: { outcome?: unknown } = {}
    let opened = 0
    async function* pausing(): AsyncGenerator<Uint8Array> {
      opened += 1
      const isLoading = opened === 2
      for await (const piece of piecesOf(backup)) {
        if (isLoading && second.outcome === undefined)
          second.outcome = await restoreInto(scratch, target, backup).catch((error: unknown) => error)
        yield piece
      }
    }
    await restoreBackup({
      adminUrl: target.adminUrl,
      loginsPath,
      adminPath,
      newPassword,
      name: 'the.backup',
      open: pausing,
    })
    expect(String(second.outcome)).toContain('Another restore into this database is running')
    expect(await rowsOf(target.admin, 'tenant.users')).toEqual(await rowsOf(scratch.admin, 'tenant.users'))
  })
})
