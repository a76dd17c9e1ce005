/** A sign-in, and what happens to its membership at the same moment. */
import { encodeId } from '@hyponema/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Api, openApi, type TestMember } from './api-harness.ts'
import { cookieOf, refresh, signInPorts, signInRequest } from './sign-in-browser.ts'

describe('while it signs in', () => {
  let api: Api
  beforeAll(async () => {
    api = await openApi()
  })
  afterAll(() => api.close())

  /** Signs in, and does something else between the look at the membership and the sign-in. */
  const signInAround = (member: TestMember, meanwhile: () => Promise<unknown>) => {
    const { installation } = api
    const ports = signInPorts({
      ...api,
      installation: {
        ...installation,
        database: {
          ...installation.database,
          withUnproven: async (scope, lookUp) => {
            const found = await installation.database.withUnproven(scope, lookUp)
            await meanwhile()
            return found
          },
        },
      },
    })
    return ports.openSession({ workspaceId: api.a.id, identityId: member.identityId, request: signInRequest })
  }

  test('a member that is removed is told that it has no workspace', async () => {
    const member = await api.a.makeMember('builder')
    const remove = () => api.ask('delete from tenant.memberships where id = $1', [member.id])
    expect(await signInAround(member, remove)).toBeUndefined()
  })

  test('a member whose role changes gets a token of the role that it has then', async () => {
    const [owner, member] = [await api.a.makeMember('owner'), await api.a.makeMember('builder')]
    const change = async () =>
      api.a.call('PATCH', `/v1/members/${encodeId('operator', member.id)}`, {
        credential: await owner.token(),
        body: { role: 'auditor' },
      })
    const opened = await signInAround(member, change)
    if (opened === undefined) throw new Error('expected a sign-in')
    expect(opened.role).toBe('auditor')
    expect((await api.a.call('GET', '/v1/members/me', { credential: opened.accessToken })).status).toBe(200)
    expect((await refresh(api, cookieOf(opened))).answer.status).toBe(200)
  })
})
