import { mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { makeFolders } from './make-folders.ts'
import { makePrivateFolder } from './private-folder.ts'

describe('making a folder', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hyponema-folders-'))
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  test('makes what is missing above it too, all with the mode, and takes what is there', async () => {
    const path = join(folder, 'a', 'b', 'c')
    await makeFolders(path, 0o700)
    await makeFolders(path, 0o700)
    for (const made of [path, join(folder, 'a')]) expect((await stat(made)).mode & 0o777).toBe(0o700)
  })

  test.skipIf(process.platform !== 'linux').each(['/proc/hyponema', '/proc/hyponema/home', '/proc/self/hyponema/home'])(
    'is refused in one sentence where a file system takes none: %s',
    { timeout: 5_000 },
    async (path) => {
      await expect(makePrivateFolder(path)).rejects.toThrow(/takes no new folders.*set HYPONEMA_HOME/)
    },
  )

  test('is refused below a file and at a link that leads nowhere', async () => {
    await writeFile(join(folder, 'file'), '')
    await symlink(join(folder, 'nowhere'), join(folder, 'link'))
    await expect(makePrivateFolder(join(folder, 'file', 'home'))).rejects.toThrow('is not a folder')
    await expect(makePrivateFolder(join(folder, 'link'))).rejects.toThrow('is not a folder')
  })
})
