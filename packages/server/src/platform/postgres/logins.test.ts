import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { writeSecretFile } from '../crypto/write-secret-file.ts'
import { readAdminLogins, readLogins, readLoginsIfPresent } from './logins.ts'

const login = { user: 'role', password: 'a-password-of-ours' }
const logins = { app: login, worker: login, auth: login, sealer: login }

describe('the password files', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hyponema-logins-'))
    return () => rm(folder, { recursive: true, force: true })
  })

  test('come back as they were written, for their owner only, with nothing left beside them', async () => {
    const path = join(folder, 'logins.json')
    await writeFile(path, 'older and open')
    await chmod(path, 0o644)
    await writeSecretFile(path, JSON.stringify(logins))
    expect(await readLogins(path)).toEqual(logins)
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect(await readdir(folder)).toEqual(['logins.json'])
  })

  test('a missing logins.json says what to run; a missing admin.json is empty', async () => {
    await expect(readLogins(join(folder, 'logins.json'))).rejects.toThrow('run `npm run hyponema -- migrate URL`')
    expect(await readLoginsIfPresent(join(folder, 'logins.json'))).toBeUndefined()
    expect(await readAdminLogins(join(folder, 'admin.json'))).toEqual({})
  })

  test.each(['', '{', '[]', '{"app":{}}', JSON.stringify({ ...logins, migrator: login })])(
    'a damaged file, or one that holds an administrator, is refused without its content: %s',
    async (text) => {
      const path = join(folder, 'logins.json')
      await writeFile(path, text, { mode: 0o600 })
      await expect(readLogins(path)).rejects.toThrow(`${path} is damaged`)
      await expect(readLogins(path)).rejects.not.toThrow('a-password-of-ours')
    },
  )

  test.each([0o644, 0o640, 0o604, 0o660, 0o601])(
    'a file that others can reach (mode %o) is refused like the keyring, with what to run',
    async (mode) => {
      const path = join(folder, 'file.json')
      await writeFile(path, JSON.stringify(logins))
      await chmod(path, mode)
      const sentence = `${path} can be read by others (mode ${mode.toString(8)}); run chmod 600 ${path}.`
      for (const read of [readLogins, readLoginsIfPresent, readAdminLogins]) {
        await expect(read(path)).rejects.toThrow(sentence)
      }
    },
  )

  test('an unreadable place is refused as such', async () => {
    await writeFile(join(folder, 'file'), '')
    await expect(readLogins(join(folder, 'file', 'logins.json'))).rejects.toThrow('cannot be read')
    expect(await readFile(join(folder, 'file'), 'utf8')).toBe('')
  })
})
