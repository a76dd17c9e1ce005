/** Invitations: who may make which, what goes out by mail, and everything that must not become a membership. */
import { decodeId, encodeId, type Invitation, invitationSchema, pageSchema, type Uuid } from '@hyponema/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseInvitationText } from '../../packages/server/src/guards/enter-by-invitation.ts'
import { type Api, newId, openApi, type TestMember } from './api-harness.ts'
import { auditedActions } from './audited-actions.ts'
import { signInPorts, signInRequest } from './sign-in-browser.ts'
import { tablesThatHold } from './tables-that-hold.ts'

const dayMs = 24 * 60 * 60 * 1000

describe('invitations', () => {
  let api: Api
  let owner: TestMember
  let admin: TestMember
  let count = 0
  beforeAll(async () => {
    api = await openApi()
    owner = await api.a.makeMember('owner')
    admin = await api.a.makeMember('admin')
  })
  afterAll(() => api.close())

  const as = async (member: TestMember, method: string, path: string, body?: unknown) =>
    api.a.call(method, path, { credential: await member.token(), ...(body === undefined ? {} : { body }) })
  const someone = () => `guest-${(count += 1)}@example.com`
  const invite = async (email: string, role = 'builder', by = owner) => {
    const answer = await as(by, 'POST', '/v1/invitations', { email, role })
    if (answer.status !== 201) throw new Error(answer.text)
    return { invitation: invitationSchema.parse(answer.body), ...mailed(email.toLowerCase()) }
  }
  /** The link of the newest mail to an address, and what it names. */
  const mailed = (email: string) => {
    const mail = api.mails.findLast(({ to }) => to === email)
    const text = /\/sign-in#invitation=(hyi_[\w-]+)$/m.exec(mail?.text ?? '')?.[1] ?? ''
    const claim = parseInvitationText(text)
    if (mail === undefined || claim === undefined) throw new Error('expected a mail with a link')
    return { mail, text, claim }
  }
  const read = async (id: string, by = owner): Promise<Invitation> =>
    invitationSchema.parse((await as(by, 'GET', `/v1/invitations/${id}`)).body)
  const accept = (claim: { workspaceId: Uuid; invitationId: Uuid }, person: { email: string; identityId?: Uuid }) =>
    signInPorts(api).acceptInvitation({ identityId: newId(), ...claim, ...person, request: signInRequest })
  const membersOf = (email: string) =>
    api.ask<{ role: string; added_by: string }>('select role, added_by from tenant.memberships where email = $1', [
      email,
    ])

  test('the link goes out by mail and the answer holds nothing of it', async () => {
    const email = someone()
    const { invitation } = await invite(email.toUpperCase())
    const { text, claim } = mailed(email)
    expect(invitation).toMatchObject({ email, role: 'builder', state: 'open', invited_by: owner.operator })
    expect(Date.parse(invitation.expires_at) - Date.parse(invitation.created_at)).toBe(7 * dayMs)
    expect(claim).toMatchObject({ workspaceId: api.a.id, invitationId: decodeId('invitation', invitation.id) })
    const answers = [
      await as(owner, 'GET', '/v1/invitations'),
      await as(owner, 'GET', `/v1/invitations/${invitation.id}`),
    ]
    for (const { text: body } of answers) {
      expect(body).not.toContain(text)
      expect(body).not.toContain(claim.secret)
    }
    expect(await tablesThatHold(api, claim.secret)).toEqual([])
    expect(api.logged.join('')).not.toContain(claim.secret)
  })

  test('whoever holds the link learns what it is about; joining makes a member of that role, told twice in the log', async () => {
    const email = someone()
    const { invitation, claim } = await invite(email, 'reviewer', admin)
    expect(await signInPorts(api).findInvitation(claim)).toEqual({
      email,
      workspaceName: `workspace ${api.a.id}`,
      role: 'reviewer',
    })
    expect(await accept(claim, { email })).toBe(true)
    expect(await membersOf(email)).toEqual([{ role: 'reviewer', added_by: admin.operator }])
    expect((await read(invitation.id)).state).toBe('accepted')
    expect(await signInPorts(api).findInvitation(claim)).toBeUndefined()
    const [accepted] = await auditedActions(api, api.a.id, 'invitation.accepted')
    const [added] = await auditedActions(api, api.a.id, 'member.added')
    expect(accepted).toMatchObject({ target: { kind: 'invitation', id: invitation.id }, actor: { kind: 'operator' } })
    expect(added).toMatchObject({
      target: { id: accepted?.actor.id },
      after: { role: 'reviewer', invitation: invitation.id },
    })
  })

  test('no link but the right one is one, and all that are none are one answer', async () => {
    const { claim } = await invite(someone())
    const other = await invite(someone())
    const ports = signInPorts(api)
    for (const wrong of [
      { ...claim, secret: other.claim.secret },
      { ...claim, secret: '' },
      { ...claim, secret: `${claim.secret}=` },
      { ...claim, invitationId: newId() },
      { ...claim, workspaceId: api.b.id },
      { ...claim, workspaceId: newId() },
    ])
      expect(await ports.findInvitation(wrong)).toBeUndefined()
    expect(await ports.findInvitation(claim)).toBeDefined()
  })

  test('it is for its address only, in its workspace only', async () => {
    const email = someone()
    const { claim } = await invite(email)
    for (const [where, person] of [
      [claim, { email: someone() }],
      [claim, { email: `x${email}` }],
      [{ ...claim, workspaceId: api.b.id }, { email }],
      [{ ...claim, workspaceId: newId() }, { email }],
      [{ ...claim, invitationId: newId() }, { email }],
    ] as const)
      expect(await accept(where, person)).toBe(false)
    expect(await membersOf(email)).toEqual([])
    expect(await accept(claim, { email })).toBe(true)
  })

  test('it is accepted once: not a second time, and of two at the same moment by one', async () => {
    const email = someone()
    const { claim } = await invite(email)
    const both = await Promise.all([accept(claim, { email }), accept(claim, { email })])
    expect(both.filter((accepted) => accepted)).toHaveLength(1)
    expect(await membersOf(email)).toHaveLength(1)
    expect(await accept(claim, { email })).toBe(false)
  })

  test('revoked, expired, or sent again, the old link is void', async () => {
    const [revoked, expired, renewed] = [someone(), someone(), someone()]
    const one = await invite(revoked)
    expect((await as(owner, 'DELETE', `/v1/invitations/${one.invitation.id}`)).status).toBe(204)
    expect((await as(owner, 'DELETE', `/v1/invitations/${one.invitation.id}`)).status).toBe(204)
    expect(await accept(one.claim, { email: revoked })).toBe(false)
    expect((await read(one.invitation.id)).state).toBe('revoked')
    const three = await invite(renewed)
    expect((await as(owner, 'POST', `/v1/invitations/${three.invitation.id}/send`)).status).toBe(200)
    expect(mailed(renewed).claim.secret).not.toBe(three.claim.secret)
    expect(await signInPorts(api).findInvitation(three.claim)).toBeUndefined()
    expect(await signInPorts(api).findInvitation(mailed(renewed).claim)).toBeDefined()
    const two = await invite(expired)
    api.pass(7 * dayMs)
    expect((await read(two.invitation.id)).state).toBe('expired')
    expect(await accept(two.claim, { email: expired })).toBe(false)
    expect(await signInPorts(api).findInvitation(two.claim)).toBeUndefined()
    expect((await as(owner, 'POST', `/v1/invitations/${two.invitation.id}/send`)).status).toBe(200)
    expect(await accept(mailed(expired).claim, { email: expired })).toBe(true)
  })

  test('an address has one open invitation; an expired one makes way and is told as revoked', async () => {
    const email = someone()
    const first = await invite(email)
    const second = await as(owner, 'POST', '/v1/invitations', { email: email.toUpperCase(), role: 'auditor' })
    expect([second.status, second.code(), second.pointers()]).toEqual([409, 'member.already_invited', ['/email']])
    const both = await Promise.all(
      [1, 2].map(() => as(owner, 'POST', '/v1/invitations', { email: 'at-once@example.com', role: 'auditor' })),
    )
    expect(new Set(both.map(({ status }) => status))).toEqual(new Set([201, 409]))
    api.pass(7 * dayMs)
    const third = await invite(email, 'auditor')
    expect((await read(first.invitation.id)).state).toBe('revoked')
    expect((await read(third.invitation.id)).state).toBe('open')
  })

  test('a member is not invited again', async () => {
    const answer = await as(owner, 'POST', '/v1/invitations', { email: admin.email, role: 'owner' })
    expect([answer.status, answer.code(), answer.pointers()]).toEqual([409, 'member.already_member', ['/email']])
  })

  test('who became a member another way stays as it is, whatever the invitation says', async () => {
    const email = someone()
    const { claim } = await invite(email, 'owner')
    const member = await api.a.makeMember('auditor', { email })
    expect(await accept(claim, { email, identityId: member.identityId })).toBe(true)
    expect(await accept(claim, { email })).toBe(false)
    expect((await membersOf(email)).map(({ role }) => role)).toEqual(['auditor'])
  })

  test.each(['owner', 'privacy'])('an admin does not invite, send again or revoke for the role %s', async (role) => {
    const email = someone()
    const direct = await as(admin, 'POST', '/v1/invitations', { email, role })
    expect([direct.status, direct.code()]).toEqual([403, 'member.role_refused'])
    const { invitation } = await invite(email, role)
    for (const answer of [
      await as(admin, 'POST', `/v1/invitations/${invitation.id}/send`),
      await as(admin, 'DELETE', `/v1/invitations/${invitation.id}`),
    ])
      expect([answer.status, answer.code()]).toEqual([403, 'member.role_refused'])
    expect((await read(invitation.id)).state).toBe('open')
  })

  test('what a member could not invite any more ends with its rights: demoted, removed or gone', async () => {
    for (const end of ['demoted', 'removed', 'left'] as const) {
      const inviter = await api.a.makeMember('owner')
      const [email, kept] = [someone(), someone()]
      const { invitation, claim } = await invite(email, 'owner', inviter)
      const other = await invite(kept, 'builder', inviter)
      if (end === 'demoted') await as(owner, 'PATCH', `/v1/members/${inviter.operator}`, { role: 'admin' })
      if (end === 'removed') await as(owner, 'DELETE', `/v1/members/${inviter.operator}`)
      if (end === 'left') await as(inviter, 'DELETE', '/v1/members/me')
      expect([end, await accept(claim, { email })]).toEqual([end, false])
      expect((await read(invitation.id)).state).toBe('revoked')
      expect((await read(other.invitation.id)).state).toBe(end === 'demoted' ? 'open' : 'revoked')
      const [event] = await auditedActions(api, api.a.id, 'invitation.revoked')
      expect(event?.reason).toBe('inviter_lost_rights')
    }
  })

  test('an invitation of another workspace is not there', async () => {
    const theirs = await api.b.makeMember('owner')
    const made = await api.b.call('POST', '/v1/invitations', {
      credential: await theirs.token(),
      body: { email: someone(), role: 'builder' },
    })
    const { id } = invitationSchema.parse(made.body)
    for (const one of [id, encodeId('invitation', newId()), 'inv_x']) {
      for (const answer of [
        await as(owner, 'GET', `/v1/invitations/${one}`),
        await as(owner, 'POST', `/v1/invitations/${one}/send`),
        await as(owner, 'DELETE', `/v1/invitations/${one}`),
      ])
        expect([answer.status, answer.code()]).toEqual([404, 'request.not_found'])
    }
    const list = pageSchema(invitationSchema).parse((await as(owner, 'GET', '/v1/invitations?limit=200')).body)
    expect(list.data.map((one) => one.id)).not.toContain(id)
  })

  test('under one Idempotency-Key one mail goes out', async () => {
    const email = someone()
    const send = async () =>
      api.a.call('POST', '/v1/invitations', {
        credential: await owner.token(),
        headers: { 'idempotency-key': 'invite-once' },
        body: { email, role: 'auditor' },
      })
    const [one, two] = [await send(), await send()]
    expect([one.status, two.status, two.body]).toEqual([201, 201, one.body])
    expect(api.mails.filter(({ to }) => to === email)).toHaveLength(1)
  })

  test('a mail that nobody takes leaves no open invitation that nobody has heard of', async () => {
    const email = someone()
    api.failMail(true)
    const answer = await as(owner, 'POST', '/v1/invitations', { email, role: 'auditor' })
    api.failMail(false)
    expect([answer.status, answer.code()]).toEqual([502, 'sign_in.mail_failed'])
    const list = pageSchema(invitationSchema).parse((await as(owner, 'GET', '/v1/invitations')).body)
    expect(list.data.find((one) => one.email === email)?.state).toBe('revoked')
    expect((await invite(email, 'auditor')).invitation.state).toBe('open')
  })

  test('the repeat of an invitation whose mail nobody took is told that it is closed', async () => {
    const send = async () =>
      api.a.call('POST', '/v1/invitations', {
        credential: await owner.token(),
        headers: { 'idempotency-key': 'never-mailed' },
        body: { email: 'never-mailed@example.com', role: 'builder' },
      })
    api.failMail(true)
    const first = await send()
    api.failMail(false)
    const second = await send()
    expect([first.status, second.status, second.code()]).toEqual([502, 409, 'member.invitation_closed'])
  })

  test('nothing in the mail was chosen by anybody but us', async () => {
    await api.ask(`update tenant.workspaces set name = $2 where workspace_id = $1`, [api.a.id, 'Evil<b>\r\nBcc: eve@x'])
    const { mail } = await invite(someone())
    expect(mail.subject).toBe('You are invited to Hyponema')
    for (const text of [mail.text, mail.html]) expect(text).not.toMatch(/Evil|Bcc/)
  })

  test.each([
    [{}, ['/email', '/role']],
    [{ email: 'no address', role: 'owner' }, ['/email']],
    [{ email: 'ada@example.com\r\nBcc: eve@example.com', role: 'owner' }, ['/email']],
    [{ email: 'ada@example.com', role: 'root' }, ['/role']],
    [{ email: 'ada@example.com', role: 'owner', workspace_id: 'wsp_x' }, ['/workspace_id']],
  ])('the body %j is refused at %j', async (body, pointers) => {
    const answer = await as(owner, 'POST', '/v1/invitations', body)
    expect([answer.status, answer.pointers()]).toEqual([422, pointers])
  })
})
