import { roles } from '@hyponema/contract'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { refusalOfAsync, standingClock, startMs, testUuid } from '../platform/crypto/test-harness/key-fixtures.ts'
import { readRaw, signedRaw, testSigningKeys } from '../platform/crypto/test-harness/token-fixtures.ts'
import type { StoredMembership } from '../platform/postgres/with-unproven.ts'
import { MembershipCache } from './membership-cache.ts'
import { issueOperatorToken } from './operator-token.ts'
import { type MembershipsByPlace, operatorVerifier } from './test-harness/operator-verifier.ts'

const keys = testSigningKeys()
const clock = standingClock()
const place = { workspaceId: testUuid(1), operatorId: testUuid(2) }
const issue = async (version = 1) =>
  (await issueOperatorToken({ keys, clock, ...place, version, jti: testUuid(3) })).token

function membership(changes: Partial<StoredMembership> = {}): StoredMembership {
  return { id: place.operatorId, role: 'builder', version: 1, workspaceName: 'W', isCanary: false, ...changes }
}
const at = (one: StoredMembership | undefined): MembershipsByPlace =>
  new Map([[`${place.workspaceId} ${place.operatorId}`, one]])
const verify = (token: string, stored: MembershipsByPlace) => operatorVerifier({ keys, clock, stored })(token)

describe('an operator token', () => {
  it('yields the one operator and workspace it was issued for, with the role that its row has now', async () => {
    const anyUuid = fc.nat().map(testUuid)
    const anyVersion = fc.integer({ min: 1, max: 2_147_483_647 })
    await fc.assert(
      fc.asyncProperty(
        anyUuid,
        anyUuid,
        fc.constantFrom(...roles),
        anyVersion,
        async (workspaceId, operatorId, role, version) => {
          const { token } = await issueOperatorToken({
            keys,
            clock,
            workspaceId,
            operatorId,
            version,
            jti: testUuid(1),
          })
          const stored = new Map([[`${workspaceId} ${operatorId}`, membership({ id: operatorId, role, version })]])
          expect(await verify(token, stored)).toStrictEqual({
            kind: 'operator',
            scope: { workspaceId },
            id: operatorId,
            role,
            version,
          })
        },
      ),
      { numRuns: 50 },
    )
  })

  it('lives 10 minutes, is of its own type and audience, and says no role', async () => {
    const { token, expiresAt } = await issueOperatorToken({ keys, clock, ...place, version: 7, jti: testUuid(3) })
    const { header, payload } = readRaw(token)
    expect(header).toEqual({ alg: 'EdDSA', typ: 'hyponema-operator+jwt', kid: 'sig-2' })
    expect(payload).toMatchObject({
      aud: 'hyponema:workspace-api',
      exp: startMs / 1000 + 600,
      sub: place.operatorId,
      workspace: place.workspaceId,
      membership_version: '7',
    })
    expect(payload).not.toHaveProperty('role')
    expect(expiresAt.getTime()).toBe(startMs + 600_000)
  })

  it('is refused by an installation with other keys', async () => {
    const refusal = refusalOfAsync(
      operatorVerifier({ keys: testSigningKeys(), clock, stored: at(membership()) })(await issue()),
    )
    expect(await refusal).toBe('api_key.invalid')
  })

  it.each([
    ['is gone', undefined],
    ['has another version', membership({ version: 2 })],
    ['is one of a canary workspace', membership({ isCanary: true })],
  ])('is stale when its membership %s', async (_name, stored) => {
    expect(await refusalOfAsync(verify(await issue(), at(stored)))).toBe('member.token_stale')
  })

  it('of a later version than the row has is stale too', async () => {
    expect(await refusalOfAsync(verify(await issue(2), at(membership())))).toBe('member.token_stale')
  })

  it.each(['0', '01', '-1', '1.0', ' 1', '', 1, null])(
    'with the version %j is none, though our key signed it',
    async (version) => {
      const { header, payload } = readRaw(await issue())
      const claims = { ...Object(payload), membership_version: version }
      const token = signedRaw({ header, payload: claims }, keys.active.privateKey)
      expect(await refusalOfAsync(verify(token, at(membership())))).toBe('api_key.invalid')
    },
  )
})

describe('what is remembered of a membership', () => {
  const name = { workspaceId: place.workspaceId, id: place.operatorId }
  const moving = () => {
    let nowMs = startMs
    const cache = new MembershipCache({ nowMs: () => nowMs })
    const asked: number[] = []
    const find = (answer = membership()) =>
      cache.find(name, async () => {
        asked.push(nowMs - startMs)
        return answer
      })
    return { cache, asked, find, pass: (milliseconds: number) => (nowMs += milliseconds) }
  }

  it('serves for five seconds and not a millisecond more', async () => {
    const { find, asked, pass } = moving()
    await find()
    pass(4_999)
    await find()
    expect(asked).toEqual([0])
    pass(1)
    expect((await find(membership({ version: 2 })))?.version).toBe(2)
    expect(asked).toEqual([0, 5_000])
  })

  it('that somebody is gone is remembered as well, and no longer', async () => {
    const { cache, find, pass } = moving()
    expect(await cache.find(name, async () => undefined)).toBeUndefined()
    expect(await find()).toBeUndefined()
    pass(5_000)
    expect(await find()).toBeDefined()
  })

  it('is dropped at once by a change, together with an answer that was asked for before it', async () => {
    const { cache, find, asked } = moving()
    const answer = Promise.withResolvers<StoredMembership | undefined>()
    const early = cache.find(name, () => answer.promise)
    cache.forget(name)
    answer.resolve(membership())
    expect((await early)?.version).toBe(1)
    expect((await find(membership({ version: 2 })))?.version).toBe(2)
    expect(asked).toEqual([0])
  })

  it('is asked for once, however many ask at the same time', async () => {
    const { find, asked } = moving()
    await Promise.all(Array.from({ length: 20 }, () => find()))
    expect(asked).toEqual([0])
  })

  it('is nothing where the database did not answer, and nothing of a clock that went back', async () => {
    const { cache, find, asked, pass } = moving()
    await expect(cache.find(name, () => Promise.reject(new Error('gone')))).rejects.toThrow('gone')
    await find()
    pass(-60_000)
    await find()
    expect(asked).toEqual([0, -60_000])
  })
})
