import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { writeNewFile } from './write-new-file.ts'

describe('a new file', () => {
  let folder: string
  let path: string
  beforeEach(async () => {
    folder = await mkdtemp('/tmp/hyponema-new-file-')
    path = join(folder, 'x.backup')
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  const write = (text: string, unique = '1') =>
    writeNewFile(path, unique, async (put) => {
      for (const letter of text) await put(Buffer.from(letter))
    })

  test('has what was written, is for its owner only, and nothing lies beside it', async () => {
    await write('abc')
    expect(await readFile(path, 'utf8')).toBe('abc')
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect(await readdir(folder)).toEqual(['x.backup'])
  })

  test('is not there under its name while it is written', async () => {
    await writeNewFile(path, '1', async (put) => {
      await put(Buffer.from('half'))
      expect(await readdir(folder)).toEqual(['x.backup.1.part'])
    })
  })

  test('is not there at all when the writer fails', async () => {
    await expect(
      writeNewFile(path, '1', async (put) => {
        await put(Buffer.from('half'))
        throw new Error('the database is gone')
      }),
    ).rejects.toThrow('the database is gone')
    expect(await readdir(folder)).toEqual([])
  })

  test('never takes the place of another, not even of one that came meanwhile', async () => {
    await writeFile(path, 'mine')
    await expect(write('abc')).rejects.toThrow('exists, and a backup never replaces another one')
    await rm(path)
    await expect(
      writeNewFile(path, '1', async () => {
        await write('first', '2')
      }),
    ).rejects.toThrow('exists, and a backup never replaces another one')
    expect(await readFile(path, 'utf8')).toBe('first')
    expect(await readdir(folder)).toEqual(['x.backup'])
  })

  test('in a folder that is not there, or takes no files, is refused with its name', async () => {
    await expect(writeNewFile(join(folder, 'no', 'x'), '1', async () => undefined)).rejects.toThrow(
      `${join(folder, 'no', 'x')}.1.part cannot be made (its folder does not exist)`,
    )
    if (process.getuid?.() === 0) return
    await chmod(folder, 0o500)
    await expect(write('abc')).rejects.toThrow('cannot be made')
    await chmod(folder, 0o700)
  })
})
