import { roles } from '@hyponema/contract'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { refusalOfAsync, standingClock, startMs, testUuid } from '../platform/crypto/test-harness/key-fixtures.ts'
import { readRaw, testSigningKeys } from '../platform/crypto/test-harness/token-fixtures.ts'
import { issueOperatorToken, verifyOperatorToken } from './operator-token.ts'

const keys = testSigningKeys()
const clock = standingClock()

describe('an operator token', () => {
  it('yields the one operator, workspace and role it was issued for', async () => {
    const anyUuid = fc.nat().map(testUuid)
    await fc.assert(
      fc.asyncProperty(anyUuid, anyUuid, fc.constantFrom(...roles), async (workspaceId, operatorId, role) => {
        const token = await issueOperatorToken({ keys, clock, workspaceId, operatorId, role, jti: testUuid(1) })
        expect(await verifyOperatorToken({ keys, clock, token })).toStrictEqual({
          kind: 'operator',
          scope: { workspaceId },
          id: operatorId,
          role,
        })
      }),
      { numRuns: 50 },
    )
  })

  it('lives 10 minutes and is of its own type and audience', async () => {
    const issued = { workspaceId: testUuid(1), operatorId: testUuid(2), role: 'auditor', jti: testUuid(3) } as const
    const { header, payload } = readRaw(await issueOperatorToken({ keys, clock, ...issued }))
    expect(header).toEqual({ alg: 'EdDSA', typ: 'hyponema-operator+jwt', kid: 'sig-2' })
    expect(payload).toMatchObject({ aud: 'hyponema:workspace-api', exp: startMs / 1000 + 600 })
  })

  it('is refused by an installation with other keys', async () => {
    const issued = { workspaceId: testUuid(1), operatorId: testUuid(2), role: 'owner', jti: testUuid(3) } as const
    const token = await issueOperatorToken({ keys, clock, ...issued })
    expect(await refusalOfAsync(verifyOperatorToken({ keys: testSigningKeys(), clock, token }))).toBe('api_key.invalid')
  })
})
