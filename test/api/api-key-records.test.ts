/** What the server remembers of keys beside the requests that bear them: their last use, and the pepper that they stand under. */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { renewApiKeyMac, touchApiKey } from '../../packages/server/src/features/api-keys/public.ts'
import { makeApiKey, parseApiKey } from '../../packages/server/src/guards/api-key-text.ts'
import { Keyring, keyPurposes } from '../../packages/server/src/platform/crypto/keyring.ts'
import { randomSecret } from '../../packages/server/src/platform/crypto/random-secret.ts'
import { recordingProxy } from '../isolation/recording-proxy.ts'
import { type Api, openApi } from './api-harness.ts'
import type { Caller } from './call-api.ts'

const settle = { timeout: 10_000 }
const path = '/v1/agents'

let api: Api
let proxy: Awaited<ReturnType<typeof recordingProxy>>
beforeAll(async () => {
  api = await openApi({
    through: async (address) => {
      proxy = await recordingProxy(address)
      return { ...address, host: '127.0.0.1', port: proxy.port }
    },
  })
})
afterAll(async () => {
  await api.close()
  await proxy.close()
})

const use = (key: string, call: Caller = api.a.call) => call('GET', path, { credential: key })
const claimOf = (key: string) => {
  const claim = parseApiKey(key)
  if (claim === undefined) throw new Error('the harness made a key that is none')
  return claim
}
const rowOf = async (key: string) => {
  const [row] = await api.ask<{ at: Date | null; pepper: string; mac: Buffer }>(
    'select last_used_at as at, pepper_version as pepper, secret_mac as mac from tenant.api_keys where id = $1',
    [claimOf(key).keyId],
  )
  if (row === undefined) throw new Error('no such key')
  return row
}
const makeKey = (addresses?: readonly string[]) =>
  api.a.makeKey(['agents:read'], addresses === undefined ? {} : { addresses })
const writes = (): number => proxy.sent.filter(({ text }) => text.startsWith('update "tenant"."api_keys"')).length

describe('the last use of a key', () => {
  test('is written once a minute, by whichever process comes first', async () => {
    const release = api.holdClock()
    const another = await api.openAnother()
    const key = await makeKey()
    const first = new Date(api.clock.nowMs())
    const both = () => Promise.all([use(key), use(key, another.call)])
    await both()
    await vi.waitFor(async () => expect((await rowOf(key)).at).toEqual(first), settle)
    api.pass(59_999)
    const before = writes()
    await both()
    expect(writes()).toBe(before)
    api.pass(2)
    await both()
    await vi.waitFor(async () => expect((await rowOf(key)).at).toEqual(new Date(api.clock.nowMs())), settle)
    release()
  })

  test('is not moved within the minute by a process whose clock is ahead', async () => {
    const key = await makeKey()
    const another = await api.openAnother({ clock: { nowMs: () => api.clock.nowMs() + 30_000 } })
    await use(key, another.call)
    await vi.waitFor(async () => expect((await rowOf(key)).at).not.toBeNull(), settle)
    const { at } = await rowOf(key)
    await use(key)
    await use(key, another.call)
    expect((await rowOf(key)).at).toEqual(at)
  })

  test('is moved by one of two processes that decided at once, and by none within the minute', async () => {
    const key = await makeKey()
    const { keyId: id } = claimOf(key)
    const start = api.clock.nowMs()
    const touch = (ms: number) =>
      api.installation.database.withWorkspace(api.a.scope, (tx) =>
        touchApiKey(tx, { id, now: new Date(start + ms), before: new Date(start + ms - 60_000) }),
      )
    await Promise.all([touch(0), touch(0)])
    await touch(59_999)
    expect((await rowOf(key)).at).toEqual(new Date(start))
    await touch(60_001)
    expect((await rowOf(key)).at).toEqual(new Date(start + 60_001))
  })

  test('is not written by who is refused', async () => {
    const key = await makeKey(['192.0.2.1'])
    const wrong = randomSecret().use((bytes) => makeApiKey(claimOf(key), bytes))
    expect((await use(key)).status).toBe(403)
    expect((await use(wrong)).status).toBe(401)
    expect((await api.a.call('GET', path, { credential: key, headers: { origin: 'null' } })).status).toBe(403)
    // A use that is written, after which the earlier ones would have been.
    const witness = await makeKey()
    await use(witness)
    await vi.waitFor(async () => expect((await rowOf(witness)).at).not.toBeNull(), settle)
    expect((await rowOf(key)).at).toBeNull()
  })
})

describe('a newer pepper', () => {
  /** The keys of the installation, and this many peppers. */
  const withPeppers = (most: number): Keyring => {
    const { keyring } = api.installation
    const first = keyPurposes.map((purpose) => keyring.active(purpose))
    const more = Array.from({ length: most - 1 }, (_, index) => ({
      id: `api_key_pepper-${index + 2}`,
      purpose: 'api_key_pepper' as const,
      state: 'active' as const,
      key: peppers[index] ?? randomSecret(),
    }))
    return new Keyring([...first, ...more])
  }
  const peppers = [randomSecret(), randomSecret()]

  test('takes over each key at its next use, without anybody seeing a difference', async () => {
    const key = await makeKey()
    const before = await rowOf(key)
    expect(before.pepper).toBe('api_key_pepper-1')
    const restarted = await api.openAnother({ keyring: withPeppers(2) })
    expect((await use(key, restarted.call)).status).toBe(200)
    await vi.waitFor(async () => expect((await rowOf(key)).pepper).toBe('api_key_pepper-2'), settle)
    expect((await rowOf(key)).mac).not.toEqual(before.mac)
    expect((await use(key, restarted.call)).status).toBe(200)
    const withoutFirst = await api.openAnother({ keyring: new Keyring(onlyNew(withPeppers(2))) })
    expect((await use(key, withoutFirst.call)).status).toBe(200)
  })

  test('takes over also a key whose last use was written within the minute', async () => {
    const key = await makeKey()
    await use(key)
    await vi.waitFor(async () => expect((await rowOf(key)).at).not.toBeNull(), settle)
    const restarted = await api.openAnother({ keyring: withPeppers(2) })
    await use(key, restarted.call)
    await vi.waitFor(async () => expect((await rowOf(key)).pepper).toBe('api_key_pepper-2'), settle)
  })

  test('is never undone by a process that has an older one, and many at once end at one that verifies', async () => {
    const key = await makeKey()
    const second = await api.openAnother({ keyring: withPeppers(2) })
    const third = await api.openAnother({ keyring: withPeppers(3) })
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) => use(key, index % 2 === 0 ? second.call : third.call)),
    )
    // A process that does not know the newest pepper yet refuses what stands under it: that is why all are restarted.
    expect(new Set(answers.map(({ status }) => status))).toContain(200)
    await vi.waitFor(async () => {
      expect((await use(key, third.call)).status).toBe(200)
      expect((await rowOf(key)).pepper).toBe('api_key_pepper-3')
    }, settle)
    // What it has kept of the row is over then.
    api.pass(5_000)
    expect((await use(key, second.call)).status).toBe(401)
    expect((await rowOf(key)).pepper).toBe('api_key_pepper-3')
  })

  test('is not overwritten by a process that decided before another one wrote it', async () => {
    const key = await makeKey()
    const { keyId: id } = claimOf(key)
    const renew = (pepperVersion: string, byte: number) =>
      api.installation.database.withWorkspace(api.a.scope, (tx) =>
        renewApiKeyMac(tx, { id, from: 'api_key_pepper-1', pepperVersion, secretMac: Buffer.alloc(32, byte) }),
      )
    await renew('api_key_pepper-3', 3)
    await renew('api_key_pepper-2', 2)
    expect(await rowOf(key)).toMatchObject({ pepper: 'api_key_pepper-3', mac: Buffer.alloc(32, 3) })
  })

  test('is what new keys are made under, and makes no key of another one work', async () => {
    const wrong = await makeKey()
    const restarted = await api.openAnother({ keyring: withPeppers(2) })
    await api.ask("update tenant.api_keys set pepper_version = 'api_key_pepper-2' where id = $1", [
      claimOf(wrong).keyId,
    ])
    expect((await use(wrong, restarted.call)).status).toBe(401)
    const answer = await restarted.call('POST', '/v1/api-keys', {
      credential: await api.a.makeOperatorToken(),
      body: { label: 'new', scopes: ['agents:read'] },
    })
    const [row] = await api.ask('select pepper_version from tenant.api_keys order by id desc limit 1')
    expect([answer.status, row]).toEqual([201, { pepper_version: 'api_key_pepper-2' }])
  })

  /** The entries without the pepper that was there first. */
  function onlyNew(keyring: Keyring) {
    return keyPurposes.map((purpose) => keyring.active(purpose))
  }
})
