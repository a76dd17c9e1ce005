import type { Uuid } from '@hyponema/contract'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { systemClock } from '../../kernel/clock.ts'
import { idMaker } from '../../kernel/new-id.ts'
import { Secret } from '../../platform/crypto/secret.ts'
import type { SealedCredentialVersion } from '../credentials/public.ts'
import { openSigningSecrets } from './open-signing-secrets.ts'

const newId = idMaker(systemClock)
const minuteMs = 60_000

describe('the signing secrets of endpoints', () => {
  let passedMs = 0
  beforeEach(() => {
    passedMs = 0
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const begin = performance.now()
    // The clock of the cache, which it holds since it was loaded.
    vi.spyOn(performance, 'now').mockImplementation(() => begin + passedMs)
  })
  afterEach(() => {
    vi.restoreAllMocks()
    vi.useRealTimers()
  })
  const pass = async (ms: number): Promise<void> => {
    passedMs += ms
    await vi.advanceTimersByTimeAsync(ms)
  }

  function opened() {
    const lent: Secret[] = []
    const secrets = openSigningSecrets({
      open: () => {
        const secret = new Secret(Buffer.alloc(32, lent.length + 1))
        lent.push(secret)
        return Promise.resolve(secret)
      },
    })
    return { lent, secrets }
  }
  const versionOf = (credentialId: Uuid, version = 1): SealedCredentialVersion => ({
    credentialId,
    version,
    kind: 'webhook',
    sealed: Buffer.alloc(0),
    wrappedKey: Buffer.alloc(0),
    kekId: 'credentials-1',
  })

  test('are unwrapped once, however many deliveries ask, at once or one after the other', async () => {
    const { lent, secrets } = opened()
    const [workspaceId, version] = [newId(), versionOf(newId())]
    await Promise.all([secrets.open(workspaceId, [version]), secrets.open(workspaceId, [version])])
    expect(await secrets.open(workspaceId, [version])).toEqual(lent)
    expect(lent).toHaveLength(1)
  })

  test('are wiped after five minutes, whether anybody asks or not, and unwrapped anew for who asks then', async () => {
    const { lent, secrets } = opened()
    const [workspaceId, version] = [newId(), versionOf(newId())]
    await secrets.open(workspaceId, [version])
    await pass(5 * minuteMs - 1_000)
    expect(lent[0]?.isDestroyed).toBe(false)
    await pass(2_000)
    expect(lent[0]?.isDestroyed).toBe(true)
    const [again] = await secrets.open(workspaceId, [version])
    expect(again).toBe(lent[1])
    expect(again?.isDestroyed).toBe(false)
  })

  test('are another for another workspace, credential or version', async () => {
    const { lent, secrets } = opened()
    const [workspaceId, credentialId] = [newId(), newId()]
    await secrets.open(workspaceId, [versionOf(credentialId), versionOf(credentialId, 2), versionOf(newId())])
    await secrets.open(newId(), [versionOf(credentialId)])
    expect(lent).toHaveLength(4)
  })

  test('are all wiped when the worker stops', async () => {
    const { lent, secrets } = opened()
    await secrets.open(newId(), [versionOf(newId()), versionOf(newId())])
    secrets.close()
    expect(lent.map(({ isDestroyed }) => isDestroyed)).toEqual([true, true])
  })
})
