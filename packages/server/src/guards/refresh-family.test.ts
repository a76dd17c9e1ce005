import { encodeId } from '@hyponema/contract'
import { describe, expect, it } from 'vitest'
import { startMs, testUuid } from '../platform/crypto/test-harness/key-fixtures.ts'
import {
  graceMs,
  judgeRefresh,
  makeRefreshText,
  readRefreshCookies,
  refreshCookieName,
  type TokenState,
} from './refresh-family.ts'

const claim = {
  workspaceId: testUuid(1),
  familyId: testUuid(2),
  token: Buffer.alloc(32, 3),
  familySecret: Buffer.alloc(32, 4),
}
const text = makeRefreshText(claim)
const https = 'https://agents.example.com'
const family = encodeId('refreshFamily', claim.familyId)

describe('the cookie of a refresh family', () => {
  it.each([
    [https, `__Secure-refresh-${family}`],
    ['http://127.0.0.1:4700', `__Secure-refresh-${family}`],
    ['http://localhost:4700', `__Secure-refresh-${family}`],
    ['http://[::1]:4700', `__Secure-refresh-${family}`],
    ['http://agents.example.com', `refresh-${family}`],
    ['http://127.0.0.1.example.com', `refresh-${family}`],
  ])('has under %s the name %s, and is found by it', (origin, name) => {
    expect(refreshCookieName(claim.familyId, origin)).toBe(name)
    expect(readRefreshCookies(`a=b; ${name}=${text}; c=d`, { publicOrigin: origin })).toEqual([claim])
  })

  it('is not one that a plain connection could have set, where browsers take the prefix', () => {
    expect(readRefreshCookies(`refresh-${family}=${text}`, { publicOrigin: https })).toEqual([])
  })

  it.each([
    undefined,
    '',
    ';;;',
    '__Secure-refresh-',
    `__Secure-refresh-${family}`,
    `__Secure-refresh-${family}=`,
    `__Secure-refresh-${encodeId('refreshFamily', testUuid(5))}=${text}`,
    `__Secure-refresh-${encodeId('operator', claim.familyId)}=${text}`,
    `__Secure-refresh-${claim.familyId}=${text}`,
    `__Secure-refresh-${family}=${text}x`,
    `__Secure-refresh-${family}=%68yr_${text.slice(4)}`,
  ])('is none in %j', (header) => {
    expect(readRefreshCookies(header, { publicOrigin: https })).toEqual([])
  })

  it('is looked for among the sixteen newest sign-ins, wherever it stands', () => {
    const jar = Array.from({ length: 20 }, (_, index) => {
      const familyId = testUuid(index + 10)
      const name = refreshCookieName(familyId, https)
      return `${name}=${makeRefreshText({ ...claim, familyId })}`
    })
    const found = readRefreshCookies([...Array.from({ length: 16 }, () => '__Secure-refresh-x=y'), ...jar].join('; '), {
      publicOrigin: https,
    })
    expect(found.map(({ familyId }) => familyId)).toEqual(
      Array.from({ length: 16 }, (_, index) => testUuid(29 - index)),
    )
    const oldest = testUuid(10)
    expect(readRefreshCookies(jar.join('; '), { publicOrigin: https, family: oldest })).toMatchObject([
      { familyId: oldest },
    ])
  })
})

describe('what a use of a token means', () => {
  const at = (ms: number) => new Date(startMs + ms)
  const leaf: TokenState = { expiresAt: at(1_000_000), usedAt: null, replacedAt: null }
  const used: TokenState = { ...leaf, usedAt: at(0) }
  const replaced: TokenState = { ...leaf, replacedAt: at(0) }
  const open = { expiresAt: at(1_000_000), revokedAt: null }
  const judge = (change: Partial<Parameters<typeof judgeRefresh>[0]>) =>
    judgeRefresh({ family: open, token: leaf, liveChild: undefined, secretMatches: true, nowMs: startMs, ...change })

  it.each([
    ['the leaf', {}, 'rotate'],
    ['the leaf without the secret', { secretMatches: false }, 'ended'],
    ['used, child a leaf, at once', { token: used, liveChild: leaf }, 'replace_child'],
    ['used, child a leaf, at ten seconds', { token: used, liveChild: leaf, nowMs: startMs + graceMs }, 'replace_child'],
    [
      'used, child a leaf, a millisecond later',
      { token: used, liveChild: leaf, nowMs: startMs + graceMs + 1 },
      'reused',
    ],
    ['used, child a leaf, without the secret', { token: used, liveChild: leaf, secretMatches: false }, 'reused'],
    ['used, child used', { token: used, liveChild: used }, 'reused'],
    ['used, no child', { token: used }, 'reused'],
    ['replaced', { token: replaced }, 'reused'],
    ['replaced, with the secret, at once', { token: replaced, liveChild: leaf }, 'reused'],
    ['the leaf of a revoked family', { family: { ...open, revokedAt: at(0) } }, 'ended'],
    ['a used one of a revoked family', { family: { ...open, revokedAt: at(0) }, token: used }, 'ended'],
    ['the leaf of an expired family', { family: { ...open, expiresAt: at(0) } }, 'ended'],
    ['an expired leaf', { token: { ...leaf, expiresAt: at(0) } }, 'ended'],
    ['an expired one that was used', { token: { ...used, expiresAt: at(0) } }, 'ended'],
  ] as const)('%s', (_name, change, verdict) => {
    expect(judge(change)).toBe(verdict)
  })
})
