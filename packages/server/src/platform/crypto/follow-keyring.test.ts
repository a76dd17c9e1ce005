import { chmodSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { StartupRefusal } from '../../kernel/startup-refusal.ts'
import { followKeyring } from './follow-keyring.ts'
import { addKeyringKey, type Keyring } from './keyring.ts'
import { keyringKeyService } from './keyring-key-service.ts'
import {
  bytesOf,
  jsonList,
  keyringEntry,
  refusalOf,
  secretOf,
  standingClock,
  temporaryFolder,
} from './test-harness/key-fixtures.ts'

const context = ['test']

describe('a keyring that is followed', () => {
  let folder: ReturnType<typeof temporaryFolder>
  let path: string
  let clock: ReturnType<typeof standingClock>
  let told: unknown[]
  let keyring: Keyring
  beforeEach(() => {
    folder = temporaryFolder()
    path = folder.path('keyring.json')
    clock = standingClock()
    told = []
    write(keyringEntry('credentials', 1), keyringEntry('epoch', 1), keyringEntry('api_key_pepper', 1))
    keyring = followKeyring(path, { clock, onUnreadable: (error) => void told.push(error) })
  })
  afterEach(() => folder.remove())

  /** As our commands do: a new file under the name. */
  const write = (...entries: Record<string, unknown>[]): void => writeText(JSON.stringify({ format: 1, entries }))
  const writeText = (text: string): void => {
    writeFileSync(`${path}.new`, text, { mode: 0o600 })
    renameSync(`${path}.new`, path)
  }
  const rotate = () => addKeyringKey(path, { purpose: 'credentials', clock, announce: () => Promise.resolve() })
  const active = () => keyring.active('credentials').id

  it('seals under a key that was added, within a second and without a restart', async () => {
    expect(active()).toBe('credentials-1')
    await rotate()
    expect(active()).toBe('credentials-1')
    clock.advance(999)
    expect(active()).toBe('credentials-1')
    clock.advance(1)
    expect(active()).toBe('credentials-2')
    expect(told).toEqual([])
  })

  it('follows also where the clock was set back', async () => {
    await rotate()
    clock.advance(-60_000)
    expect(active()).toBe('credentials-2')
  })

  it('knows at once the key of an id that it had not read', async () => {
    await rotate()
    const other = keyringKeyService(followKeyring(path, { clock }), 'credentials')
    const wrapped = other.wrap(secretOf(7), context)
    expect(wrapped.keyId).toBe('credentials-2')
    expect(bytesOf(keyringKeyService(keyring, 'credentials').unwrap(wrapped, context))).toEqual(bytesOf(secretOf(7)))
    expect(keyring.holds('credentials', 'credentials-2')).toBe(true)
    expect(keyring.holds('credentials', 'credentials-3')).toBe(false)
    expect(refusalOf(() => keyring.find('credentials', 'credentials-3'))).toBe('keyring.key_missing')
  })

  it('keeps the same secret for a key that stays, and wipes one that was taken away', async () => {
    const [first, epoch] = [keyring.active('credentials').key, keyring.active('epoch').key]
    await rotate()
    clock.advance(1000)
    expect(active()).toBe('credentials-2')
    expect(keyring.find('credentials', 'credentials-1')).toMatchObject({ state: 'retiring' })
    expect(keyring.find('credentials', 'credentials-1').key).toBe(first)
    const kept = entriesOf(path).filter(({ id }) => id !== 'credentials-1')
    write(...kept)
    clock.advance(1000)
    expect(refusalOf(() => keyring.find('credentials', 'credentials-1'))).toBe('keyring.key_missing')
    expect([first.isDestroyed, epoch.isDestroyed]).toEqual([true, false])
    expect(active()).toBe('credentials-2')
    expect(told).toEqual([])
  })

  it.each<[string, RegExp, () => void]>([
    ['damaged', /damaged/, () => writeText('{"format":1')],
    ['open to others', /chmod 600/, () => chmodSync(path, 0o644)],
    ['gone', /gone/, () => rmSync(path)],
    [
      "another installation's",
      /another key credentials-1/,
      () => write(keyringEntry('credentials', 1, { key: Buffer.alloc(32, 99).toString('base64url') })),
    ],
    ['without the newest key of a purpose', /old copy/, () => write(keyringEntry('epoch', 1))],
  ])('goes on with the keys it knows when the file is %s, and tells it once', (_name, message, change) => {
    const known = keyring.active('credentials').key
    change()
    for (let look = 0; look < 3; look += 1) {
      clock.advance(1000)
      expect(keyring.active('credentials').key).toBe(known)
      expect(keyring.active('api_key_pepper').id).toBe('api_key_pepper-1')
    }
    expect(known.isDestroyed).toBe(false)
    expect(told).toHaveLength(1)
    expect(told[0]).toBeInstanceOf(StartupRefusal)
    expect(String(told[0])).toMatch(message)
  })

  it('follows again as soon as the file is whole again', async () => {
    const text = readFileSync(path, 'utf8')
    writeText(text.slice(0, -3))
    clock.advance(1000)
    expect(active()).toBe('credentials-1')
    writeText(text)
    await rotate()
    clock.advance(1000)
    expect(active()).toBe('credentials-2')
    writeText('')
    clock.advance(1000)
    expect([active(), told.length]).toEqual(['credentials-2', 2])
  })

  it('does not go back to an older copy of the file', async () => {
    const old = readFileSync(path, 'utf8')
    await rotate()
    clock.advance(1000)
    expect(active()).toBe('credentials-2')
    writeText(old)
    clock.advance(1000)
    expect(active()).toBe('credentials-2')
    expect(String(told[0])).toMatch(/old copy/)
  })

  it('does not come back to life when it has been wiped', async () => {
    const { key } = keyring.active('credentials')
    keyring.destroy()
    await rotate()
    clock.advance(5000)
    expect(keyring.holds('credentials', 'credentials-2')).toBe(false)
    expect(key.isDestroyed).toBe(true)
  })
})

function entriesOf(path: string): Record<string, unknown>[] {
  return jsonList(readFileSync(path, 'utf8'), 'entries')
}
