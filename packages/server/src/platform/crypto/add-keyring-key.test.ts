import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { StartupRefusal } from '../../kernel/startup-refusal.ts'
import { addKeyringKey, loadOrCreateKeyring } from './keyring.ts'
import { bytesOf, jsonList, keyringEntry, standingClock, temporaryFolder } from './test-harness/key-fixtures.ts'

const purpose = 'api_key_pepper'

describe('a key that is added to the keyring', () => {
  let folder: ReturnType<typeof temporaryFolder>
  let path: string
  beforeEach(async () => {
    folder = temporaryFolder()
    path = folder.path('keyring.json')
    await load()
  })
  afterEach(() => folder.remove())

  const load = () => loadOrCreateKeyring(path, { clock: standingClock() })
  const add = (announce: (id: string) => Promise<void> = () => Promise.resolve()) =>
    addKeyringKey(path, { purpose, clock: standingClock(), announce })

  it('is the active one from then on, and every other key is as it was', async () => {
    const before = await load()
    const said: string[] = []
    await add(async (id) => void said.push(id))
    const after = await load()
    expect([said, after.active(purpose).id]).toEqual([['api_key_pepper-2'], 'api_key_pepper-2'])
    expect(bytesOf(after.find(purpose, 'api_key_pepper-1').key)).toEqual(bytesOf(before.active(purpose).key))
    expect(after.find(purpose, 'api_key_pepper-1').state).toBe('retiring')
    expect(bytesOf(after.active(purpose).key)).not.toEqual(bytesOf(before.active(purpose).key))
    for (const other of ['credentials', 'epoch', 'signing'] as const) {
      expect(bytesOf(after.active(other).key)).toEqual(bytesOf(before.active(other).key))
    }
  })

  it('takes the number after the highest, wherever that stands', async () => {
    const kept = jsonList(readFileSync(path, 'utf8'), 'entries')
    writeFileSync(path, JSON.stringify({ format: 1, entries: [keyringEntry(purpose, 7), ...kept] }))
    await add()
    expect((await load()).active(purpose).id).toBe('api_key_pepper-8')
  })

  it('leaves a file for its owner only, and nothing beside it', async () => {
    await add()
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(readdirSync(dirname(path))).toEqual(['keyring.json'])
  })

  it('is not written when it could not be announced', async () => {
    const text = readFileSync(path, 'utf8')
    await expect(add(() => Promise.reject(new Error('no log')))).rejects.toThrow('no log')
    expect(readFileSync(path, 'utf8')).toBe(text)
    expect(readdirSync(dirname(path))).toEqual(['keyring.json'])
  })

  it('is not lost when two are added at once: one of them is told to try again', async () => {
    const results = await Promise.allSettled([add(), add(), add()])
    const done = results.filter(({ status }) => status === 'fulfilled').length
    expect(done).toBeGreaterThan(0)
    expect((await load()).active(purpose).id).toBe(`api_key_pepper-${done + 1}`)
    for (const result of results) {
      if (result.status === 'rejected') expect(result.reason).toBeInstanceOf(StartupRefusal)
    }
  })

  it('waits for nobody who ended half-way, and says what to remove', async () => {
    writeFileSync(`${path}.changing`, '')
    await expect(add()).rejects.toThrow(`remove ${path}.changing`)
    expect((await load()).active(purpose).id).toBe('api_key_pepper-1')
  })

  it('is not added to a file that is damaged, gone, or open to others', async () => {
    const text = readFileSync(path, 'utf8')
    writeFileSync(path, '{}')
    await expect(add()).rejects.toThrow('is damaged')
    expect(readFileSync(path, 'utf8')).toBe('{}')
    writeFileSync(path, text)
    chmodSync(path, 0o644)
    await expect(add()).rejects.toThrow('can be read by others')
    const elsewhere = addKeyringKey(folder.path('none.json'), {
      purpose,
      clock: standingClock(),
      announce: () => Promise.resolve(),
    })
    await expect(elsewhere).rejects.toThrow('is not there')
    expect(readdirSync(dirname(path))).toEqual(['keyring.json'])
  })
})
