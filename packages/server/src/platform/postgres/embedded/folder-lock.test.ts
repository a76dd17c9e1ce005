import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { StartupRefusal } from '../../../kernel/startup-refusal.ts'
import { acquireFolderLock } from './folder-lock.ts'
import { processIdentity } from './process-identity.ts'

const script = fileURLToPath(new URL('../../../test-harness/try-folder-lock.ts', import.meta.url))
const run = promisify(execFile)

/** A lock that was got is held until the other tries have left their mark, so that none can come after its end. */
async function tryInProcess(path: string, folder: string): Promise<string> {
  const { stdout } = await run(process.execPath, [script, path, folder])
  return stdout.trim()
}

describe('the lock of a folder', () => {
  let folder: string
  let path: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hyponema-lock-'))
    path = join(folder, 'server.lock')
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  test('is held by one, and free again after its release', async () => {
    const lock = await acquireFolderLock(path, folder)
    await expect(acquireFolderLock(path, folder)).rejects.toThrow(StartupRefusal)
    await lock.release()
    const next = await acquireFolderLock(path, folder)
    await next.release()
    expect(await readdir(folder)).toEqual([])
  })

  test('goes to exactly one of many processes that come at once over a stale one', async () => {
    await writeFile(path, JSON.stringify({ pid: process.pid, identity: 'an-earlier-boot:42' }))
    const outcomes = await Promise.all(Array.from({ length: 6 }, () => tryInProcess(path, folder)))
    expect(outcomes.toSorted()).toEqual(['held', 'refused', 'refused', 'refused', 'refused', 'refused'])
  })

  test.each([
    ['a process that has ended', JSON.stringify({ pid: 2 ** 22 - 1, identity: 'boot:1' })],
    ['an earlier process with our number', JSON.stringify({ pid: process.pid, identity: 'boot:1' })],
    ['nobody, because it was cut off', '{"pid": 12'],
    ['nobody, because it is empty', ''],
    ['nobody, because it has another shape', '{"pid":"1"}'],
  ])('is taken over from %s', async (_who, text) => {
    await writeFile(path, text)
    const lock = await acquireFolderLock(path, folder)
    expect(await readFile(path, 'utf8')).toContain(`"pid":${process.pid}`)
    await lock.release()
    expect(await readdir(folder)).toEqual([])
  })

  test('of another living process is respected and named', async () => {
    const pid = process.ppid
    await writeFile(path, JSON.stringify({ pid, identity: await processIdentity(pid) }))
    await expect(acquireFolderLock(path, folder)).rejects.toThrow(`(process ${pid})`)
  })

  test('that somebody else has taken meanwhile is not released', async () => {
    const lock = await acquireFolderLock(path, folder)
    await writeFile(path, 'of somebody else')
    await lock.release()
    expect(await readFile(path, 'utf8')).toBe('of somebody else')
  })
})
