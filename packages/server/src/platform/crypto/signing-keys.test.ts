import { generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto'
import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { StartupRefusal } from '../../kernel/startup-refusal.ts'
import { sealEnvelope } from './envelope.ts'
import { keyringKeyService } from './keyring-key-service.ts'
import { randomSecret } from './random-secret.ts'
import { loadOrCreateSigningKeys } from './signing-keys.ts'
import { jsonList, standingClock, temporaryFolder, testKeyring } from './test-harness/key-fixtures.ts'

type StoredKey = Record<string, unknown>

describe('the signing keys', () => {
  let folder: ReturnType<typeof temporaryFolder>
  let path: string
  beforeEach(() => {
    folder = temporaryFolder()
    path = folder.path('signing-keys.json')
  })
  afterEach(() => folder.remove())

  const service = (seed = 1) => keyringKeyService(testKeyring({ seed }), 'signing')
  const load = async (seed = 1, at = path) => {
    const keys = await loadOrCreateSigningKeys(at, { keys: service(seed), clock: standingClock() })
    const ids = read(at).map(({ id }) => String(id))
    const found = await Promise.all(ids.map(async (id) => [id, await keys.verifying(id)] as const))
    return { keys, active: await keys.signing(), publicKeys: new Map(found) }
  }
  const read = (at = path): StoredKey[] => jsonList(readFileSync(at, 'utf8'), 'keys')
  const write = (keys: readonly StoredKey[]): void => writeFileSync(path, JSON.stringify({ format: 1, keys }))
  const first = (keys: readonly StoredKey[]): StoredKey => keys[0] ?? {}
  const signs = (privateKey: KeyObject, publicKey: KeyObject | undefined): boolean =>
    publicKey !== undefined && verify(null, Buffer.from('x'), publicKey, sign(null, Buffer.from('x'), privateKey))

  it('are made where there are none: one Ed25519 key, in a file for its owner only', async () => {
    const { active, publicKeys } = await load()
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(active.id).toBe('sig-1')
    expect(active.privateKey.asymmetricKeyType).toBe('ed25519')
    expect(signs(active.privateKey, publicKeys.get('sig-1'))).toBe(true)
  })

  it('do not stand in the file in the clear', async () => {
    const { active } = await load()
    const { d } = active.privateKey.export({ format: 'jwk' })
    const seed = Buffer.from(d ?? '', 'base64url')
    const text = readFileSync(path, 'utf8')
    expect(seed).toHaveLength(32)
    for (const spelling of ['base64', 'base64url', 'hex'] as const) {
      expect(text.includes(seed.toString(spelling).slice(0, 40))).toBe(false)
    }
    expect(Buffer.from(String(first(read())['sealed_private_key']), 'base64').includes(seed)).toBe(false)
  })

  it('are the same after a restart: what one process signs the next one verifies', async () => {
    const before = await load()
    const text = readFileSync(path, 'utf8')
    const after = await load()
    expect(signs(before.active.privateKey, after.publicKeys.get('sig-1'))).toBe(true)
    expect(readFileSync(path, 'utf8')).toBe(text)
  })

  it('are the same for processes that start at once', async () => {
    const all = await Promise.all(Array.from({ length: 8 }, () => load()))
    const [one] = all
    for (const other of all) {
      expect(one !== undefined && signs(one.active.privateKey, other.publicKeys.get('sig-1'))).toBe(true)
    }
  })

  it('do not open with another keyring, and the refusal names the key that is wanted', async () => {
    await load()
    await expect(load(2)).rejects.toThrow(StartupRefusal)
    await expect(load(2)).rejects.toThrow(/signing-1/)
  })

  it('do not open when the keyring lacks the key', async () => {
    await load()
    write([{ ...first(read()), wrapping_key_id: 'signing-9' }])
    await expect(load()).rejects.toThrow(/signing-9/)
  })

  it('verify with retiring keys too while the newest active one signs', async () => {
    const old = await load()
    write([{ ...first(read()), state: 'retiring' }, sealedKey('sig-2')])
    const { active, publicKeys } = await load()
    expect(active.id).toBe('sig-2')
    expect([...publicKeys.keys()]).toEqual(['sig-1', 'sig-2'])
    expect(signs(active.privateKey, publicKeys.get('sig-2'))).toBe(true)
    expect(signs(old.active.privateKey, publicKeys.get('sig-1'))).toBe(true)
    expect(signs(old.active.privateKey, publicKeys.get('sig-2'))).toBe(false)
  })

  it('are refused when one is moved to the id of another', async () => {
    await load()
    write([{ ...first(read()), id: 'sig-2' }])
    await expect(load()).rejects.toThrow(StartupRefusal)
  })

  it('refuse a public key that somebody without the keyring has put in the place of ours', async () => {
    await load()
    const mine = generateKeyPairSync('ed25519').publicKey.export({ format: 'der', type: 'spki' }).toString('base64')
    write([{ ...first(read()), public_key: mine }])
    await expect(load()).rejects.toThrow(StartupRefusal)
  })

  it('refuse a key that somebody without the keyring has added', async () => {
    await load()
    const mine = generateKeyPairSync('ed25519').publicKey.export({ format: 'der', type: 'spki' }).toString('base64')
    write([{ ...first(read()), id: 'sig-2', state: 'retiring', public_key: mine }, first(read())])
    await expect(load()).rejects.toThrow(StartupRefusal)
  })

  it.each<[string, (key: StoredKey) => readonly StoredKey[]]>([
    ['there is no key', () => []],
    ['no key is active', (key) => [{ ...key, state: 'retiring' }]],
    ['one id stands twice', (key) => [key, key]],
    ['an id is a path', (key) => [{ ...key, id: '../sig-1' }]],
    ['a state is unknown', (key) => [{ ...key, state: 'lost' }]],
    ['a member is missing', ({ public_key: _gone, ...key }) => [key]],
    ['a member is too many', (key) => [{ ...key, note: '' }]],
    ['the public key is no key', (key) => [{ ...key, public_key: 'AAAA' }]],
    ['the private part is cut', (key) => [{ ...key, sealed_private_key: 'AAAA' }]],
    ['the wrapped key is empty', (key) => [{ ...key, wrapped_key: '' }]],
  ])('are refused when %s', async (_name, change) => {
    await load()
    write(change(first(read())))
    await expect(load()).rejects.toThrow(StartupRefusal)
  })

  it.each(['', 'null', '[]', '{"format":2,"keys":[]}', 'keys'])(
    'are refused when the file is %j, which stays as it is',
    async (text) => {
      writeFileSync(path, text, { mode: 0o600 })
      await expect(load()).rejects.toThrow(/damaged/)
      expect(readFileSync(path, 'utf8')).toBe(text)
    },
  )

  it('are refused when others can read the file', async () => {
    await load()
    chmodSync(path, 0o644)
    await expect(load()).rejects.toThrow(/chmod 600/)
  })

  it('are refused whatever character of the private part or its wrap is changed', async () => {
    await load()
    const stored = first(read())
    const member = fc.constantFrom('sealed_private_key', 'wrapped_key')
    await fc.assert(
      fc.asyncProperty(member, fc.nat(), async (name, at) => {
        const bytes = Buffer.from(String(stored[name]), 'base64')
        const index = at % bytes.length
        bytes[index] = (bytes[index] ?? 0) ^ 1
        write([{ ...stored, [name]: bytes.toString('base64') }])
        await expect(load()).rejects.toThrow(StartupRefusal)
      }),
      { numRuns: 40 },
    )
  })
})

/** What a rotation will write: a new key, sealed under the keyring for its own id. */
function sealedKey(id: string): StoredKey {
  const pair = generateKeyPairSync('ed25519')
  const dataKey = randomSecret()
  const plain = pair.privateKey.export({ format: 'der', type: 'pkcs8' })
  const context = { purpose: 'signing', parts: [id] }
  const wrapped = keyringKeyService(testKeyring(), 'signing').wrap(dataKey, ['signing', id])
  return {
    id,
    state: 'active',
    public_key: pair.publicKey.export({ format: 'der', type: 'spki' }).toString('base64'),
    sealed_private_key: dataKey.use((key) => sealEnvelope({ dataKey: key, plain, context })).toString('base64'),
    wrapped_key: wrapped.bytes.toString('base64'),
    wrapping_key_id: wrapped.keyId,
    created_at: '2026-01-15T12:00:00.000Z',
  }
}
