import { encodeId, type SealedAuth } from '@hyponema/contract'
import { describe, expect, test } from 'vitest'
import type { CurrentVersion } from '../features/credentials/public.ts'
import { AppError } from '../kernel/app-error.ts'
import { Secret } from '../platform/crypto/secret.ts'
import { SessionAuths } from './session-auths.ts'
import { SessionSecret } from './session-secret.ts'
import { newId } from './test-harness/make-context.ts'

const url = 'https://api.example.com/values'

function begin(change: Partial<CurrentVersion> = {}) {
  const credentialId = newId()
  const opened: string[] = []
  const version: CurrentVersion = {
    credentialId,
    version: 1,
    kind: 'internal_api',
    provider: 'clinic',
    baseUrl: 'https://api.example.com',
    failingSince: null,
    sealed: Buffer.alloc(0),
    wrappedKey: Buffer.alloc(0),
    kekId: 'kek-1',
    ...change,
  }
  const auths = new SessionAuths({
    versions: [version],
    isOpened: () => false,
    secretOf: (_version, purpose) =>
      new SessionSecret(async () => {
        opened.push(purpose)
        return new Secret(Buffer.from('key'))
      }),
  })
  const auth: SealedAuth = {
    credential_id: encodeId('credential', credentialId),
    header: 'x-key',
    prefix: 'Key ',
  }
  return { auths, auth, opened }
}

const codeOf = (act: () => unknown): string | undefined => {
  try {
    act()
  } catch (error) {
    return error instanceof AppError ? error.code : 'another error'
  }
  return undefined
}

describe('the keys of tools and of the resolver', () => {
  test('are lent as the header that the agent names, and opened by nobody but the call', async () => {
    const { auths, auth, opened } = begin()
    const { name, prefix, secret } = auths.header(auth, { purpose: 'resolver', url })
    expect([name, prefix, opened]).toEqual(['x-key', 'Key ', []])
    await secret.unseal()
    expect(secret.use((bytes) => Buffer.from(bytes).toString())).toBe('key')
    expect(opened).toEqual(['resolver'])
  })

  test('go to their own origin only', () => {
    const { auths, auth } = begin()
    for (const other of [
      'http://api.example.com/values',
      'https://api.example.com:8443/',
      'https://evil.example/',
      'https://api.example.com@evil.example/',
      'no address',
    ])
      expect([other, codeOf(() => auths.header(auth, { purpose: 'tool', url: other }))]).toEqual([
        other,
        'credential.address_mismatch',
      ])
  })

  test('are those of the session and no others', () => {
    const { auths, auth } = begin()
    const other = { ...auth, credential_id: encodeId('credential', newId()) }
    expect(codeOf(() => auths.header(other, { purpose: 'tool', url }))).toBe('credential.missing')
  })

  test('are of no use once somebody revoked them, or the session has ended', async () => {
    for (const end of ['revoke', 'destroy'] as const) {
      const { auths, auth } = begin()
      const { secret } = auths.header(auth, { purpose: 'tool', url })
      await secret.unseal()
      if (end === 'revoke') for (const one of auths.credentials) one.revoke()
      else auths.destroy()
      await expect(secret.unseal()).rejects.toThrow(/revoked|has ended/)
      expect(() => secret.use(() => 1)).toThrow(/revoked|has ended/)
      await expect(auths.header(auth, { purpose: 'resolver', url }).secret.unseal()).rejects.toThrow(
        /revoked|has ended/,
      )
    }
  })
})
