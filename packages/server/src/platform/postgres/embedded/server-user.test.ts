import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { chooseServerUser } from './server-user.ts'

describe('the user who runs the server for root', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hyponema-passwd-'))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  const choose = async (...lines: readonly string[]) => {
    const path = join(folder, 'passwd')
    await writeFile(path, `root:x:0:0:root:/root:/bin/sh\n${lines.join('\n')}\n`)
    return chooseServerUser(path)
  }
  const hyponema = 'hyponema:x:900:901::/nonexistent:/usr/sbin/nologin'
  const postgres = 'postgres:x:101:104:PostgreSQL administrator,,,:/var/lib/postgresql:/bin/bash'
  const nobody = 'nobody:x:65534:65533:nobody:/nonexistent:/usr/sbin/nologin'

  test('is the one who is ours alone, else the one for databases, else nobody', async () => {
    expect(await choose(nobody, postgres, hyponema)).toEqual({ name: 'hyponema', userId: 900, groupId: 901 })
    expect(await choose(nobody, postgres)).toEqual({ name: 'postgres', userId: 101, groupId: 104 })
    expect(await choose(nobody)).toEqual({ name: 'nobody', userId: 65_534, groupId: 65_533 })
  })

  test('is never a second name of root, nor somebody with a broken line', async () => {
    expect(await choose('hyponema:x:0:0::/:/bin/sh', 'postgres:x::1::/:/bin/sh', nobody)).toMatchObject({
      name: 'nobody',
    })
  })

  test('is refused with a way out where there is none', async () => {
    await expect(choose('daemon:x:1:1::/:/bin/sh')).rejects.toThrow('useradd --system hyponema')
  })
})
