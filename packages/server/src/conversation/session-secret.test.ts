import { describe, expect, it } from 'vitest'
import { AppError } from '../kernel/app-error.ts'
import { Secret } from '../platform/crypto/secret.ts'
import { SessionSecret } from './session-secret.ts'

const key = 'sk-quagmire-0123456789'

function sealed(): { open: () => Promise<Secret>; opened: Secret[] } {
  const opened: Secret[] = []
  return {
    opened,
    open: async () => {
      const secret = new Secret(Buffer.from(key))
      opened.push(secret)
      return secret
    },
  }
}

/** The memory itself, as somebody would hold it who keeps what was lent. */
function memoryOf(secret: SessionSecret): Uint8Array {
  const kept: Uint8Array[] = []
  secret.use((bytes) => {
    kept.push(bytes)
  })
  const [memory] = kept
  if (memory === undefined) throw new Error('nothing was lent')
  return memory
}

describe('the credential of a session', () => {
  it('is opened by its first use and only then', async () => {
    const { open, opened } = sealed()
    const secret = new SessionSecret(open)
    expect(opened).toHaveLength(0)
    expect(() => secret.use(() => undefined)).toThrow(RangeError)
    await Promise.all([secret.unseal(), secret.unseal()])
    await secret.unseal()
    expect(opened).toHaveLength(1)
    expect(secret.use((bytes) => Buffer.from(bytes).toString())).toBe(key)
  })

  it.each(['destroy', 'revoke'] as const)('after %s its memory holds nothing', async (end) => {
    const secret = new SessionSecret(sealed().open)
    await secret.unseal()
    const memory = memoryOf(secret)
    expect(Buffer.from(memory).toString()).toBe(key)
    secret[end]()
    expect([...memory]).toEqual(Array.from({ length: key.length }, () => 0))
    expect(() => secret.use(() => undefined)).toThrow(end === 'destroy' ? RangeError : AppError)
    await expect(secret.unseal()).rejects.toThrow(end === 'destroy' ? RangeError : AppError)
  })

  it('that was revoked is missing to whoever uses it next, also when the session ends afterwards', async () => {
    const secret = new SessionSecret(sealed().open)
    secret.revoke()
    await expect(secret.unseal()).rejects.toMatchObject({ code: 'credential.missing' })
    secret.destroy()
    await expect(secret.unseal()).rejects.toMatchObject({ code: 'credential.missing' })
  })

  it('that is wiped while it is being opened is wiped when it comes, and counts for nothing', async () => {
    const { open, opened } = sealed()
    const gate = Promise.withResolvers<void>()
    let uses = 0
    const secret = new SessionSecret(
      () => gate.promise.then(open),
      () => {
        uses += 1
      },
    )
    const unsealing = secret.unseal()
    secret.revoke()
    gate.resolve()
    await unsealing
    expect(opened.map(({ isDestroyed }) => isDestroyed)).toEqual([true])
    expect(() => secret.use(() => undefined)).toThrow(expect.objectContaining({ code: 'credential.missing' }))
    expect(uses).toBe(0)
  })

  it('tells each use of one that could be opened, and a failed opening is tried again', async () => {
    const { open } = sealed()
    let uses = 0
    let fails = true
    const secret = new SessionSecret(
      () => (fails ? Promise.reject(new Error('no key service')) : open()),
      () => {
        uses += 1
      },
    )
    await expect(secret.unseal()).rejects.toThrow('no key service')
    expect(uses).toBe(0)
    fails = false
    await secret.unseal()
    await secret.unseal()
    expect(uses).toBe(2)
  })
})
