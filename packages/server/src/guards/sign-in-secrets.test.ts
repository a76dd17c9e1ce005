import { parseUuid } from '@hyponema/contract'
import { describe, expect, test } from 'vitest'
import { systemRandomBytes } from '../platform/crypto/random-bytes.ts'
import { codeOfLink, hashSignInCode, hashSignInSecret, newSignInSecret } from './sign-in-secrets.ts'

describe('the secrets of sign-in', () => {
  test('are 256 bits, and kept as another hash for each use', () => {
    const asked: number[] = []
    const secret = newSignInSecret((length) => {
      asked.push(length)
      return systemRandomBytes(length)
    })
    expect(secret).toMatch(/^[A-Za-z0-9_-]{43}$/)
    expect(asked).toEqual([32])
    const hashes = (['link', 'browser', 'choice'] as const).map((use) => hashSignInSecret(use, secret).toString('hex'))
    expect(new Set(hashes).size).toBe(3)
  })

  test('have a code that is always the same for a link, six digits, and spread', () => {
    const codes = Array.from({ length: 2_000 }, () => codeOfLink(newSignInSecret(systemRandomBytes)))
    for (const code of codes) expect(code).toMatch(/^\d{6}$/)
    expect(new Set(codes).size).toBeGreaterThan(1_980)
    const firsts = new Set(codes.map((code) => code[0]))
    expect(firsts.size).toBe(10)
    const link = 'a'.repeat(43)
    expect(codeOfLink(link)).toBe(codeOfLink(link))
  })

  test('keep a code under the id of its request', () => {
    const [one, other] = ['019a0000-0000-7000-8000-000000000001', '019a0000-0000-7000-8000-000000000002'].map(parseUuid)
    if (one === undefined || other === undefined) throw new Error('no ids')
    expect(hashSignInCode(one, '123456')).not.toEqual(hashSignInCode(other, '123456'))
  })
})
