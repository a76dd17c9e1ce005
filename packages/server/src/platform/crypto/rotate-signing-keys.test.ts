import { type KeyObject, sign, verify } from 'node:crypto'
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Clock } from '../../kernel/clock.ts'
import { keyringKeyService } from './keyring-key-service.ts'
import { rotateSigningKeys } from './rotate-signing-keys.ts'
import { loadOrCreateSigningKeys } from './signing-keys.ts'
import { jsonList, temporaryFolder, testKeyring } from './test-harness/key-fixtures.ts'

describe('the rotation of the signing keys', () => {
  let folder: ReturnType<typeof temporaryFolder>
  let path: string
  let nowMs: number
  const clock: Clock = { nowMs: () => nowMs }
  beforeEach(() => {
    folder = temporaryFolder()
    path = folder.path('signing-keys.json')
    nowMs = Date.UTC(2026, 0, 15)
  })
  afterEach(() => folder.remove())

  const keys = keyringKeyService(testKeyring(), 'signing')
  const open = (onUnreadable?: (error: unknown) => void) =>
    loadOrCreateSigningKeys(path, { keys, clock, ...(onUnreadable === undefined ? {} : { onUnreadable }) })
  const announce = () => Promise.resolve()
  const rotate = (dropAll = false) => rotateSigningKeys(path, { keys, clock, dropAll, announce })
  const fits = (privateKey: KeyObject, publicKey: KeyObject | undefined): boolean =>
    publicKey !== undefined && verify(null, Buffer.from('x'), publicKey, sign(null, Buffer.from('x'), privateKey))

  it('is followed by a running process within a second; what was signed before still verifies', async () => {
    const running = await open()
    const before = await running.signing()
    expect(await rotate()).toEqual({ active: 'sig-2', retiring: ['sig-1'], dropped: [] })
    nowMs += 999
    expect((await running.signing()).id).toBe('sig-1')
    nowMs += 1
    expect((await running.signing()).id).toBe('sig-2')
    expect(fits(before.privateKey, await running.verifying('sig-1'))).toBe(true)
    expect(statSync(path).mode & 0o777).toBe(0o600)
  })

  it('is understood at once by a process that has not signed since: an unknown key id makes it look', async () => {
    const [one, two] = [await open(), await open()]
    await rotate()
    nowMs += 1000
    const { id, privateKey } = await one.signing()
    nowMs -= 1000
    expect(id).toBe('sig-2')
    expect(fits(privateKey, await two.verifying(id))).toBe(true)
  })

  it('lets a key verify for an hour and five minutes after the next one was made', async () => {
    await open()
    await rotate()
    nowMs += 65 * 60 * 1000
    expect(await rotate()).toEqual({ active: 'sig-3', retiring: ['sig-1', 'sig-2'], dropped: [] })
    nowMs += 1
    expect(await rotate()).toEqual({ active: 'sig-4', retiring: ['sig-2', 'sig-3'], dropped: ['sig-1'] })
  })

  it('ends everything that was signed before when it is asked to', async () => {
    const running = await open()
    expect(await rotate(true)).toEqual({ active: 'sig-2', retiring: [], dropped: ['sig-1'] })
    nowMs += 1000
    expect(await running.verifying('sig-1')).toBeUndefined()
    expect((await running.signing()).id).toBe('sig-2')
  })

  it('is done by one process at a time, and says what a killed one left', async () => {
    await open()
    const results = await Promise.allSettled([rotate(), rotate(), rotate()])
    expect(results.filter(({ status }) => status === 'fulfilled').length).toBeGreaterThanOrEqual(1)
    expect(new Set(stored().map(({ id }) => id)).size).toBe(stored().length)
    expect(existsSync(`${path}.changing`)).toBe(false)
    writeFileSync(`${path}.changing`, '')
    const before = readFileSync(path, 'utf8')
    await expect(rotate()).rejects.toThrow(/being changed by another command/)
    expect(readFileSync(path, 'utf8')).toBe(before)
  })

  it('is refused with another keyring, and the file stays', async () => {
    await open()
    const before = readFileSync(path, 'utf8')
    const stranger = keyringKeyService(testKeyring({ seed: 2 }), 'signing')
    await expect(rotateSigningKeys(path, { keys: stranger, clock, dropAll: false, announce })).rejects.toThrow(
      /keyring/,
    )
    expect(readFileSync(path, 'utf8')).toBe(before)
  })

  it('does not happen when it could not be announced', async () => {
    await open()
    const before = readFileSync(path, 'utf8')
    const unheard = { keys, clock, dropAll: true, announce: () => Promise.reject(new Error('no log')) }
    await expect(rotateSigningKeys(path, unheard)).rejects.toThrow('no log')
    expect(readFileSync(path, 'utf8')).toBe(before)
    expect(existsSync(`${path}.changing`)).toBe(false)
  })

  it('is refused where there is nothing to rotate', async () => {
    await expect(rotate()).rejects.toThrow(/is not there; nothing was changed/)
    expect(existsSync(`${path}.changing`)).toBe(false)
  })

  it.each(['damaged', 'gone'])('a file that is %s while a process runs changes nothing for it', async (how) => {
    const heard: unknown[] = []
    const running = await open((error) => heard.push(error))
    if (how === 'gone') rmSync(path)
    else writeFileSync(path, '{}')
    nowMs += 1000
    expect((await running.signing()).id).toBe('sig-1')
    expect(await running.verifying('sig-2')).toBeUndefined()
    expect(heard.length).toBeGreaterThan(0)
  })

  const stored = () => jsonList(readFileSync(path, 'utf8'), 'keys')
})
