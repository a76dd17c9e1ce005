import { clients, modalities } from '@hyponema/contract'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { provenScope } from '../kernel/workspace-scope.ts'
import { refusalOfAsync, standingClock, startMs, testUuid } from '../platform/crypto/test-harness/key-fixtures.ts'
import { readRaw, signedRaw, testSigningKeys } from '../platform/crypto/test-harness/token-fixtures.ts'
import { issueSessionToken, type SessionClaims, verifySessionToken } from './session-token.ts'

const keys = testSigningKeys()
const clock = standingClock()

const anyUuid = fc.nat().map(testUuid)
const anyHash = fc.stringMatching(/^[0-9a-f]{64}$/)
const anyClaims: fc.Arbitrary<SessionClaims> = fc.record(
  {
    sessionId: anyUuid,
    scope: anyUuid.map(provenScope),
    agentId: anyUuid,
    agentVersion: fc.integer({ min: 1, max: 999_999_999 }),
    userId: anyUuid,
    variablesSha256: anyHash,
    originsSha256: anyHash,
    modality: fc.constantFrom(...modalities),
    client: fc.constantFrom(...clients),
    kind: fc.constantFrom('turn', 'connect'),
    jti: anyUuid,
  },
  { noNullPrototype: true },
)
const [claims] = fc.sample(anyClaims, { numRuns: 1, seed: 1 })

describe('a session token', () => {
  it('says what was issued, whatever that is', async () => {
    await fc.assert(
      fc.asyncProperty(anyClaims, async (claims) => {
        const token = await issueSessionToken({ keys, clock, claims, expiresAtMs: startMs + 60_000 })
        expect(await verifySessionToken({ keys, clock, token })).toStrictEqual(claims)
      }),
      { numRuns: 50 },
    )
  })

  it('is an EdDSA JWT of our own type, audience and issuer that names its key and expires', async () => {
    if (claims === undefined) throw new Error('no claims')
    const { header, payload } = readRaw(await issueSessionToken({ keys, clock, claims, expiresAtMs: startMs + 60_999 }))
    expect(header).toEqual({ alg: 'EdDSA', typ: 'hyponema-session+jwt', kid: 'sig-2' })
    expect(payload).toMatchObject({
      iss: 'hyponema',
      aud: 'hyponema:session',
      sub: claims.sessionId,
      jti: claims.jti,
      iat: startMs / 1000,
      exp: startMs / 1000 + 60,
    })
  })

  it.each([
    ['turn', 3600],
    ['connect', 300],
  ] as const)('of the kind %s lives %i seconds at most, however long the session may', async (kind, seconds) => {
    if (claims === undefined) throw new Error('no claims')
    const long = { keys, clock, claims: { ...claims, kind }, expiresAtMs: startMs + 86_400_000 }
    const token = await issueSessionToken(long)
    expect(readRaw(token).payload['exp']).toBe(startMs / 1000 + seconds)
    expect(await verifySessionToken({ keys, clock, token })).toMatchObject({ kind })
    const { header, payload } = readRaw(token)
    const longer = signedRaw(
      { header, payload: { ...payload, exp: startMs / 1000 + seconds + 1 } },
      keys.active.privateKey,
    )
    expect(await refusalOfAsync(verifySessionToken({ keys, clock, token: longer }))).toBe('session.token_invalid')
  })

  it('is far below the length that is not parsed any more', async () => {
    if (claims === undefined) throw new Error('no claims')
    const token = await issueSessionToken({ keys, clock, claims, expiresAtMs: startMs + 60_000 })
    expect(token.length).toBeLessThan(1200)
  })

  it('is refused by an installation with other keys, although the key has the same id', async () => {
    if (claims === undefined) throw new Error('no claims')
    const token = await issueSessionToken({ keys, clock, claims, expiresAtMs: startMs + 60_000 })
    const elsewhere = verifySessionToken({ keys: testSigningKeys(), clock, token })
    expect(await refusalOfAsync(elsewhere)).toBe('session.token_invalid')
  })
})
