import { spawnSync } from 'node:child_process'
import { chmod, chown, mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { startEmbeddedProcess } from '../../../test-harness/embedded-process.ts'

/** Somebody who is neither root nor the one who runs the server for root. */
const user = { userId: 1, groupId: 1 }
/** In no passwd file: what `--user 1234567` gives a container. */
const unknownUser = { userId: 1_234_567, groupId: 1_234_567 }
const ownFolder = fileURLToPath(new URL('.', import.meta.url))

/** A repository below a 0700 folder of root cannot be read by anybody else, so nobody else can start it. */
function userCanReadUs(): boolean {
  if (process.getuid?.() !== 0) return false
  const { status } = spawnSync(process.execPath, ['-e', `require('node:fs').readdirSync(process.argv[1])`, ownFolder], {
    uid: user.userId,
    gid: user.groupId,
    stdio: 'ignore',
  })
  return status === 0
}

/** Without root the other suites already run as an ordinary user. */
describe.runIf(userCanReadUs())('started by an ordinary user on a machine whose tests run as root', () => {
  let folder: string
  let home: string
  beforeEach(async () => {
    folder = await mkdtemp('/tmp/hyponema-ordinary-')
    await chmod(folder, 0o711)
    home = join(folder, 'home')
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  const start = () => startEmbeddedProcess({ homeFolder: home, rootStateFolder: join(folder, 'state'), user })

  test('the server keeps everything in the home folder and runs as that user', async () => {
    await mkdir(home, { mode: 0o700 })
    await chown(home, user.userId, user.groupId)
    const first = start()
    const report = await first.ready
    expect(report.dataFolder).toBe(join(home, 'postgres', 'data'))
    expect(report.address.host).toBe(join(home, 'postgres', 'run'))
    expect((await stat(report.dataFolder)).uid).toBe(user.userId)
    expect((await stat(`/proc/${report.pid}`)).uid).toBe(user.userId)
    await first.stop()
    expect(await readdir(folder)).toEqual(['home'])
    const second = start()
    expect(await second.ready).toMatchObject({ isNew: false, wasAdopted: false })
    await second.stop()
  })

  test('a user that the machine does not know is one sentence with the ways out', async () => {
    await mkdir(home, { mode: 0o700 })
    await chown(home, unknownUser.userId, unknownUser.groupId)
    const refused = startEmbeddedProcess({
      homeFolder: home,
      rootStateFolder: join(folder, 'state'),
      user: unknownUser,
    })
    await expect(refused.ready).rejects.toThrow(
      /StartupRefusal: User id 1234567 has no entry in \/etc\/passwd.*DATABASE_URL/,
    )
    expect(await readdir(home)).toEqual([])
  })

  test('a folder that cannot be written is one sentence with the ways out', async () => {
    await expect(start().ready).rejects.toThrow(
      `StartupRefusal: ${home} cannot be written by this user; make it writable, or set HYPONEMA_HOME to a folder that is.`,
    )
  })

  test('a folder that root has used is one sentence too', async () => {
    await mkdir(home, { mode: 0o700 })
    await expect(start().ready).rejects.toThrow(`StartupRefusal: ${home}/postgres cannot be written by this user`)
  })
})
