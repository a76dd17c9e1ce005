/** Who was removed or has left does not come back by what was sent to it before. */
import { invitationSchema } from '@hyponema/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseInvitationText } from '../../packages/server/src/guards/enter-by-invitation.ts'
import { type Api, openApi, type TestMember } from './api-harness.ts'
import { signInPorts, signInRequest } from './sign-in-browser.ts'

describe('a member that has gone', () => {
  let api: Api
  let owner: TestMember
  beforeAll(async () => {
    api = await openApi()
    owner = await api.a.makeMember('owner')
  })
  afterAll(() => api.close())

  const as = async (member: TestMember, method: string, path: string, body?: unknown) =>
    api.a.call(method, path, { credential: await member.token(), ...(body === undefined ? {} : { body }) })

  test.each(['removed', 'left'] as const)(
    'who was %s does not come back by an invitation that was still open',
    async (end) => {
      const email = `back-${end}@example.com`
      const made = await as(owner, 'POST', '/v1/invitations', { email, role: 'admin' })
      const { id } = invitationSchema.parse(made.body)
      const text = /#invitation=(hyi_[\w-]+)$/m.exec(api.mails.findLast(({ to }) => to === email)?.text ?? '')?.[1]
      const claim = parseInvitationText(text ?? '')
      if (claim === undefined) throw new Error('expected a link')
      const member = await api.a.makeMember('reviewer', { email })
      if (end === 'removed') await as(owner, 'DELETE', `/v1/members/${member.operator}`)
      else await as(member, 'DELETE', '/v1/members/me')
      const person = { identityId: member.identityId, email, request: signInRequest }
      expect(await signInPorts(api).acceptInvitation({ ...claim, ...person })).toBe(false)
      expect((await as(owner, 'GET', `/v1/invitations/${id}`)).body).toMatchObject({ state: 'revoked' })
    },
  )
})
