import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { StartupRefusal } from '../../kernel/startup-refusal.ts'
import { keyPurposes, loadKeyring, loadOrCreateKeyring } from './keyring.ts'
import { readPrivateFile } from './read-private-file.ts'
import {
  bytesOf,
  keyringEntry,
  refusalOf,
  standingClock,
  temporaryFolder,
  testKeyring,
} from './test-harness/key-fixtures.ts'

describe('the keyring file', () => {
  let folder: ReturnType<typeof temporaryFolder>
  let path: string
  beforeEach(() => {
    folder = temporaryFolder()
    path = folder.path('keyring.json')
  })
  afterEach(() => folder.remove())

  const load = () => loadOrCreateKeyring(path, { clock: standingClock() })
  const write = (content: unknown, mode = 0o600): void => {
    writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
    chmodSync(path, mode)
  }
  const withEntries = (...entries: Record<string, unknown>[]) => ({ format: 1, entries })

  it('is made where there is none, for its owner only, with one active key a purpose, all different', async () => {
    const keyring = await load()
    expect(statSync(path).mode & 0o777).toBe(0o600)
    const ids = keyPurposes.map((purpose) => keyring.active(purpose).id)
    expect(ids).toEqual(keyPurposes.map((purpose) => `${purpose}-1`))
    const keys = keyPurposes.map((purpose) => bytesOf(keyring.active(purpose).key).toString('hex'))
    expect(new Set(keys).size).toBe(keyPurposes.length)
    expect(keys.every((key) => key.length === 64)).toBe(true)
    expect(readdirSync(dirname(path))).toEqual(['keyring.json'])
  })

  it('has fingerprints that tell the same keys from others, and nothing else about them', async () => {
    const [keyring, again] = [await load(), await load()]
    const [known] = keyring.fingerprints()
    expect(keyring.fingerprints().map(({ id }) => id)).toEqual(keyPurposes.map((purpose) => `${purpose}-1`))
    expect(again.fingerprints()).toEqual(keyring.fingerprints())
    expect(new Set(keyring.fingerprints().map(({ fingerprint }) => fingerprint)).size).toBe(keyPurposes.length)
    const text = readFileSync(path, 'utf8')
    const key = bytesOf(keyring.active('credentials').key).toString('hex')
    expect(key).not.toContain(known?.fingerprint)
    write(text.replace(/"key": "./, (start) => `${start.slice(0, -1)}${start.endsWith('A') ? 'B' : 'A'}`))
    const [other] = (await load()).fingerprints()
    expect(other?.id).toBe(known?.id)
    expect(other?.fingerprint).not.toBe(known?.fingerprint)
  })

  it('without a file is undefined to whoever must not make one', async () => {
    expect(await loadKeyring(path)).toBeUndefined()
    expect(readdirSync(dirname(path))).toEqual([])
    const made = await load()
    expect((await loadKeyring(path))?.fingerprints()).toEqual(made.fingerprints())
  })

  it('is made once: a second start reads the same bytes and changes none', async () => {
    const first = await load()
    const text = readFileSync(path, 'utf8')
    const second = await load()
    expect(readFileSync(path, 'utf8')).toBe(text)
    expect(bytesOf(second.active('epoch').key)).toEqual(bytesOf(first.active('epoch').key))
  })

  it('is one for all processes that start at once', async () => {
    const keyrings = await Promise.all(Array.from({ length: 12 }, load))
    const keys = new Set(keyrings.map((keyring) => bytesOf(keyring.active('credentials').key).toString('hex')))
    expect(keys.size).toBe(1)
    expect(readdirSync(dirname(path))).toEqual(['keyring.json'])
  })

  it('is never overwritten, also not where it is damaged', async () => {
    write('{"format":1')
    await expect(load()).rejects.toThrow(StartupRefusal)
    expect(readFileSync(path, 'utf8')).toBe('{"format":1')
  })

  it.each([0o644, 0o640, 0o604, 0o660, 0o620, 0o601, 0o777])(
    'is refused with mode %o, and says what to do',
    async (mode) => {
      write(withEntries(keyringEntry('epoch', 1)), mode)
      await expect(load()).rejects.toThrow(StartupRefusal)
      await expect(load()).rejects.toThrow(/chmod 600/)
    },
  )

  it.each([0o600, 0o400])('is accepted with mode %o', async (mode) => {
    write(withEntries(keyringEntry('epoch', 1)), mode)
    expect((await load()).active('epoch').id).toBe('epoch-1')
  })

  it.each<[string, unknown]>([
    ['is empty', ''],
    ['is no JSON', 'keys'],
    ['is null', 'null'],
    ['has another format', { format: 2, entries: [keyringEntry('epoch', 1)] }],
    ['has no entries', { format: 1, entries: [] }],
    ['has a member more', { format: 1, entries: [keyringEntry('epoch', 1)], note: '' }],
    ['has an entry with a member more', withEntries(keyringEntry('epoch', 1, { note: '' }))],
    ['has an unknown purpose', withEntries(keyringEntry('epoch', 1, { purpose: 'webhooks' }))],
    ['has an unknown state', withEntries(keyringEntry('epoch', 1, { state: 'lost' }))],
    ['has an id of another purpose', withEntries(keyringEntry('epoch', 1, { id: 'credentials-1' }))],
    ['has an id of another form', withEntries(keyringEntry('epoch', 1, { id: '../epoch-1' }))],
    ['has a key that is short', withEntries(keyringEntry('epoch', 1, { key: 'A'.repeat(42) }))],
    ['has a key that is long', withEntries(keyringEntry('epoch', 1, { key: 'A'.repeat(44) }))],
    ['has a key of another alphabet', withEntries(keyringEntry('epoch', 1, { key: `${'A'.repeat(42)}=` }))],
    ['has a key in a second spelling', withEntries(keyringEntry('epoch', 1, { key: `${'A'.repeat(42)}B` }))],
    ['has no date', withEntries(keyringEntry('epoch', 1, { created_at: 'yesterday' }))],
  ])('is refused as damaged when it %s', async (_name, content) => {
    write(content)
    await expect(load()).rejects.toThrow(StartupRefusal)
    await expect(load()).rejects.toThrow(/damaged/)
  })

  it('is refused when one id stands twice', async () => {
    write(withEntries(keyringEntry('epoch', 1), keyringEntry('epoch', 2, { id: 'epoch-1' })))
    await expect(load()).rejects.toThrow(/twice/)
  })

  it('is refused when one key stands twice, even under another purpose', async () => {
    const { key } = keyringEntry('epoch', 1)
    write(withEntries(keyringEntry('epoch', 1), keyringEntry('credentials', 1, { key })))
    await expect(load()).rejects.toThrow(/twice/)
  })

  it('names no key in a refusal', async () => {
    const { key } = keyringEntry('epoch', 1)
    write(withEntries(keyringEntry('epoch', 1), keyringEntry('epoch', 1)))
    await expect(load()).rejects.not.toThrow(String(key))
  })

  it('survives every cut of its text as a refusal and never as a smaller keyring', async () => {
    const text = JSON.stringify(withEntries(keyringEntry('epoch', 1), keyringEntry('credentials', 1)))
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: text.length - 1 }), async (length) => {
        write(text.slice(0, length))
        await expect(load()).rejects.toThrow(StartupRefusal)
      }),
      { numRuns: 40 },
    )
  })

  it('reads no file that is not there, and refuses what is no file', async () => {
    expect(await readPrivateFile(folder.path('nothing'))).toBeUndefined()
    chmodSync(dirname(path), 0o700)
    await expect(readPrivateFile(dirname(path))).rejects.toThrow(/no file/)
  })

  it('is refused where a folder or a pipe bears its name, and the start does not wait for it', async () => {
    mkdirSync(path, { mode: 0o700 })
    await expect(load()).rejects.toThrow(/no file/)
    path = folder.path('pipe')
    execFileSync('mkfifo', ['-m', '600', path])
    await expect(load()).rejects.toThrow(/no file/)
  })

  it('is not made in the place that a link without an end points to', async () => {
    symlinkSync(folder.path('nowhere'), path)
    await expect(load()).rejects.toThrow(StartupRefusal)
    expect(readdirSync(dirname(path))).toEqual(['keyring.json'])
  })

  it('seals with the highest number, in whatever order the entries stand', async () => {
    write(withEntries(keyringEntry('epoch', 10), keyringEntry('epoch', 9), keyringEntry('epoch', 2)))
    expect((await load()).active('epoch').id).toBe('epoch-10')
  })

  it('seals with the newest active key, opens with a retiring one, and finds a key for its own purpose only', async () => {
    write(
      withEntries(
        keyringEntry('epoch', 1),
        keyringEntry('epoch', 2),
        keyringEntry('epoch', 3, { state: 'retiring' }),
        keyringEntry('credentials', 1),
      ),
    )
    const keyring = await load()
    expect(keyring.active('epoch').id).toBe('epoch-2')
    expect(keyring.find('epoch', 'epoch-3').state).toBe('retiring')
    expect(refusalOf(() => keyring.find('credentials', 'epoch-1'))).toBe('keyring.key_missing')
    expect(() => keyring.find('epoch', 'epoch-9')).toThrow(/epoch-9/)
    expect(() => keyring.find('epoch', 'constructor')).toThrow(/constructor/)
    expect(() => keyring.active('signing')).toThrow(/signing/)
  })

  it('is wiped by destroy', () => {
    const keyring = testKeyring()
    const { key } = keyring.active('signing')
    keyring.destroy()
    expect(key.isDestroyed).toBe(true)
  })
})
