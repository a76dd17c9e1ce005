import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Principal } from '../kernel/principal.ts'
import { equalHashes, keyedHash } from '../platform/crypto/keyed-hash.ts'
import { Keyring } from '../platform/crypto/keyring.ts'
import {
  refusalOfAsync,
  secretOf,
  standingClock,
  startMs,
  testUuid,
} from '../platform/crypto/test-harness/key-fixtures.ts'
import type { StoredApiKey, UnprovenTx, WithUnproven } from '../platform/postgres/with-unproven.ts'
import { type ApiKeyClaim, makeApiKey } from './api-key-text.ts'
import { testRequest } from './test-harness/guarded-app.ts'
import { createApiKeyVerifier, type KeyFailure, type KeyUse } from './verify-api-key.ts'

const claim: ApiKeyClaim = { mode: 'live', workspaceId: testUuid(1), keyId: testUuid(2) }
const key = makeApiKey(claim, Buffer.alloc(32, 7))
const wrongSecret = makeApiKey(claim, Buffer.alloc(32, 8))
const invalid = 'api_key.invalid'

/** Counts what is lent, which is what costs time. */
function watchedKeyring(steps: string[], newest: 'active' | 'retiring' = 'active'): Keyring {
  const watch = (id: string, byte: number, state: 'active' | 'retiring') => {
    const key = secretOf(byte)
    const use = key.use.bind(key)
    key.use = (work) => {
      steps.push(`hmac under ${id}`)
      return use(work)
    }
    return { id, purpose: 'api_key_pepper', state, key } as const
  }
  return new Keyring([watch('api_key_pepper-1', 1, 'active'), watch('api_key_pepper-2', 2, newest)])
}

function storedKey(changes: Partial<StoredApiKey> = {}): StoredApiKey {
  return {
    id: claim.keyId,
    mode: 'live',
    secretMac: keyedHash(secretOf(2), key),
    pepperVersion: 'api_key_pepper-2',
    scopes: ['agents:read'],
    allowedAddresses: null,
    allowedAgents: null,
    expiresAt: null,
    lastUsedAt: null,
    revokedAt: null,
    isCanary: false,
    ...changes,
  }
}

/** The brand says that the database made it; here the test is the database. */
function isUnprovenTx(value: object): value is UnprovenTx {
  return 'findApiKey' in value
}

function verifier(
  rows: ReadonlyMap<string, StoredApiKey> = new Map([[place(claim), storedKey()]]),
  newest: 'active' | 'retiring' = 'active',
) {
  const steps: string[] = []
  const used: ({ principal: Principal } & KeyUse)[] = []
  const failed: KeyFailure[] = []
  const withUnproven: WithUnproven = async (scope, lookUp) => {
    const tx = {
      findApiKey: async (keyId: string) => {
        steps.push('look-up')
        return rows.get(`${scope.workspaceId} ${keyId}`)
      },
    }
    if (!isUnprovenTx(tx)) throw new Error('no transaction')
    return lookUp(tx)
  }
  const verify = createApiKeyVerifier({
    database: { withUnproven },
    keyring: watchedKeyring(steps, newest),
    clock: standingClock(),
    onUsed: (principal, use) => used.push({ principal, ...use }),
    onFailed: (failure) => failed.push(failure),
  })
  return { verify, steps, used, failed }
}

function place(one: ApiKeyClaim): string {
  return `${one.workspaceId} ${one.keyId}`
}

function withStored(changes: Partial<StoredApiKey>) {
  return verifier(new Map([[place(claim), storedKey(changes)]]))
}

describe('a verified API key', () => {
  it('yields its workspace, its id, its scopes and all agents, and its use is told once', async () => {
    const { verify, used } = verifier()
    const principal = await verify(key, testRequest)
    expect(principal).toEqual({
      kind: 'api_key',
      scope: { workspaceId: claim.workspaceId },
      id: claim.keyId,
      scopes: new Set(['agents:read']),
      agents: undefined,
    })
    expect(used).toEqual([{ principal, lastUsedAt: null, renewed: undefined }])
  })

  it('is limited to the agents that its row names, and to none where it names none', async () => {
    const some = await withStored({ allowedAgents: [testUuid(5)] }).verify(key, testRequest)
    const none = await withStored({ allowedAgents: [] }).verify(key, testRequest)
    expect(some).toMatchObject({ agents: new Set([testUuid(5)]) })
    expect(none).toMatchObject({ agents: new Set() })
  })

  it('holds no scope that is not in the matrix', async () => {
    const scopes = ['agents:read', 'workspace:write', 'constructor', 'toString', '__proto__', 'agents:*', '']
    const principal = await withStored({ scopes }).verify(key, testRequest)
    expect(principal).toMatchObject({ scopes: new Set(['agents:read', 'workspace:write']) })
  })

  it('verifies under the pepper it was made with, also after a newer one exists', async () => {
    const old = { secretMac: keyedHash(secretOf(1), key), pepperVersion: 'api_key_pepper-1' }
    expect(await refusalOfAsync(withStored(old).verify(key, testRequest))).toBeUndefined()
  })

  it('is moved on to a newer pepper by the use that finds it under an old one, and never back', async () => {
    const old = { secretMac: keyedHash(secretOf(1), key), pepperVersion: 'api_key_pepper-1' }
    const behind = withStored(old)
    await behind.verify(key, testRequest)
    const renewed = {
      secretMac: keyedHash(secretOf(2), key),
      pepperVersion: 'api_key_pepper-2',
      from: 'api_key_pepper-1',
    }
    expect(behind.used).toMatchObject([{ renewed }])
    const current = verifier()
    await current.verify(key, testRequest)
    expect(current.used).toMatchObject([{ renewed: undefined }])
    // Where the newer one opens only, as beside a process that seals with it already.
    const opensOnly = verifier(new Map([[place(claim), storedKey()]]), 'retiring')
    await opensOnly.verify(key, testRequest)
    expect(opensOnly.used).toMatchObject([{ renewed: undefined }])
  })

  it('is used until the moment it expires', async () => {
    const later = withStored({ expiresAt: new Date(startMs + 1) })
    expect(await refusalOfAsync(later.verify(key, testRequest))).toBeUndefined()
  })
})

describe('a key that is refused', () => {
  it.each<[string, Partial<StoredApiKey>]>([
    ['has expired', { expiresAt: new Date(startMs - 1) }],
    ['expires now', { expiresAt: new Date(startMs) }],
    ['was revoked', { revokedAt: new Date(startMs - 1) }],
    ['was revoked for later', { revokedAt: new Date(startMs + 1000) }],
    ['belongs to a canary workspace', { isCanary: true }],
    ['is stored as a test key', { mode: 'test' }],
    ['has another secret', { secretMac: keyedHash(secretOf(2), wrongSecret) }],
    ['was hashed under another pepper', { secretMac: keyedHash(secretOf(1), key) }],
    ['has no hash', { secretMac: Buffer.alloc(0) }],
    ['has a hash of zeros', { secretMac: Buffer.alloc(32) }],
    ['has a shortened hash', { secretMac: keyedHash(secretOf(2), key).subarray(0, 16) }],
  ])('%s, and its use is not told', async (_name, changes) => {
    const { verify, used } = withStored(changes)
    expect(await refusalOfAsync(verify(key, testRequest))).toBe(invalid)
    expect(used).toEqual([])
  })

  it.each(['', 'hyp_', 'sk-live-1', `${key} `, key.replace('live', 'test')])(
    'is the text %j, before the database and before any hash',
    async (text) => {
      const { verify, steps } = verifier()
      expect(await refusalOfAsync(verify(text, testRequest))).toBe(invalid)
      expect(steps).toEqual([])
    },
  )

  it('costs one look-up and one hash, whether workspace, key or secret are wrong, and answers alike', async () => {
    const strangers = [
      makeApiKey({ ...claim, workspaceId: testUuid(8) }, Buffer.alloc(32, 7)),
      makeApiKey({ ...claim, keyId: testUuid(8) }, Buffer.alloc(32, 7)),
      makeApiKey({ ...claim, mode: 'test' }, Buffer.alloc(32, 7)),
      wrongSecret,
    ]
    for (const text of strangers) {
      const { verify, steps } = verifier()
      expect(await refusalOfAsync(verify(text, testRequest))).toBe(invalid)
      expect(steps).toEqual(['look-up', 'hmac under api_key_pepper-2'])
    }
  })

  it('does not open the workspace of another key whose id it names', async () => {
    const foreign = makeApiKey({ ...claim, workspaceId: testUuid(9) }, Buffer.alloc(32, 7))
    const rows = new Map([[`${testUuid(9)} ${claim.keyId}`, storedKey()]])
    expect(await refusalOfAsync(verifier(rows).verify(foreign, testRequest))).toBe(invalid)
  })

  it('whose pepper is gone looks to the client like any other, and tells the operator which one is missing', async () => {
    const { verify, steps, used } = withStored({ pepperVersion: 'api_key_pepper-9' })
    const refusal = verify(key, testRequest)
    await expect(refusal).rejects.toThrow(/keyring\.key_missing.*api_key_pepper-9/)
    expect(await refusalOfAsync(refusal)).toBe(invalid)
    expect(steps).toEqual(['look-up', 'hmac under api_key_pepper-2'])
    expect(used).toEqual([])
  })

  it('is told as a failure when its secret is wrong, and as one of a real key only where there is one', async () => {
    const { workspaceId, keyId } = claim
    const tried = async (text: string, changes: Partial<StoredApiKey> = {}) => {
      const { verify, failed } = withStored(changes)
      await refusalOfAsync(verify(text, testRequest))
      return failed
    }
    const unknownKey = makeApiKey({ ...claim, keyId: testUuid(8) }, Buffer.alloc(32, 7))
    expect(await tried(wrongSecret)).toEqual([{ workspaceId, keyId, isKnown: true }])
    expect(await tried(unknownKey)).toEqual([{ workspaceId, keyId: testUuid(8), isKnown: false }])
    expect(await tried(wrongSecret, { isCanary: true })).toEqual([{ workspaceId, keyId, isKnown: false }])
    expect(await tried(key)).toEqual([])
    expect(await tried(key, { revokedAt: new Date(startMs) })).toEqual([])
    expect(await tried('hyp_live_x')).toEqual([])
  })

  it('is not told apart when the database cannot be asked', async () => {
    const verify = createApiKeyVerifier({
      database: { withUnproven: async () => Promise.reject(new Error('down')) },
      keyring: watchedKeyring([]),
      clock: standingClock(),
      onUsed: () => undefined,
      onFailed: () => undefined,
    })
    await expect(verify(key, testRequest)).rejects.toThrow('down')
  })

  it('is every key but the one, whatever its secret', async () => {
    const { verify } = verifier()
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 32, maxLength: 32 }), async (secret) => {
        fc.pre(!equalHashes(secret, Buffer.alloc(32, 7)))
        expect(await refusalOfAsync(verify(makeApiKey(claim, secret), testRequest))).toBe(invalid)
      }),
    )
  })
})

describe('the addresses of a key', () => {
  it.each([
    ['192.0.2.1', ['192.0.2.1']],
    ['192.0.2.77', ['10.0.0.0/8', '192.0.2.0/24']],
    ['2001:db8::1', ['2001:db8::/32']],
    ['::ffff:192.0.2.1', ['192.0.2.0/24']],
  ])('let %s in where %j stands', async (address, allowedAddresses) => {
    const { verify } = withStored({ allowedAddresses })
    expect(await refusalOfAsync(verify(key, { ...testRequest, address }))).toBeUndefined()
  })

  it.each([
    ['192.0.3.1', ['192.0.2.0/24']],
    ['192.0.2.1', []],
    ['192.0.2.1', ['2001:db8::/32', '::/0']],
    ['2001:db8::1', ['0.0.0.0/0']],
    ['not an address', ['0.0.0.0/0', '::/0']],
    ['', ['0.0.0.0/0']],
  ])('keep %j out where %j stands', async (address, allowedAddresses) => {
    const { verify, used } = withStored({ allowedAddresses })
    expect(await refusalOfAsync(verify(key, { ...testRequest, address }))).toBe('api_key.address_refused')
    expect(used).toEqual([])
  })

  it('are told only to who bears the right secret', async () => {
    const { verify } = withStored({ allowedAddresses: [] })
    expect(await refusalOfAsync(verify(wrongSecret, testRequest))).toBe(invalid)
  })

  it.each([' 192.0.2.1', '010.0.0.0/8', 'office', ''])(
    'let nobody in when one of them is %j and cannot be read, and say so to the operator',
    async (unreadable) => {
      const { verify, used } = withStored({ allowedAddresses: ['192.0.2.0/24', unreadable] })
      const refusal = verify(key, testRequest)
      await expect(refusal).rejects.toThrow(`cannot be read: "${unreadable}" is not an address`)
      expect(await refusalOfAsync(refusal)).toBe('api_key.address_refused')
      expect(used).toEqual([])
    },
  )
})
