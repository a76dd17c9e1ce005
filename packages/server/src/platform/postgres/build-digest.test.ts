import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { buildDigest } from './build-digest.ts'
import { migrationsFolder } from './read-migrations.ts'

describe('the digest of what migrate does', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hyponema-digest-'))
    await cp(migrationsFolder, folder, { recursive: true })
    return () => rm(folder, { recursive: true, force: true })
  })

  test('is the same for the same files, wherever they lie', async () => {
    expect(await buildDigest(folder)).toBe(await buildDigest())
    expect(await buildDigest()).toMatch(/^[0-9a-f]{64}$/)
  })

  test.each(['0011_more.sql', '0001_scope.sql', 'every-time/revokes.sql'])(
    'is another one when %s is',
    async (file) => {
      await writeFile(join(folder, file), 'select 1')
      expect(await buildDigest(folder)).not.toBe(await buildDigest())
    },
  )
})
