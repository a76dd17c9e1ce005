/** Who may see and change members, and what becomes of somebody who is changed while at work. */
import { encodeId, memberSchema, ownMembershipSchema, pageSchema, type Role, roles } from '@hyponema/contract'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Api, newId, openApi, type TestMember } from './api-harness.ts'
import { auditedActions } from './audited-actions.ts'

describe('members', () => {
  let api: Api
  let owner: TestMember
  let admin: TestMember
  beforeAll(async () => {
    api = await openApi()
  })
  afterAll(() => api.close())
  beforeEach(async () => {
    await api.ask('delete from tenant.memberships')
    owner = await api.a.makeMember('owner')
    admin = await api.a.makeMember('admin')
  })

  const as = async (member: TestMember, method: string, path: string, body?: unknown) =>
    api.a.call(method, path, { credential: await member.token(), ...(body === undefined ? {} : { body }) })
  const patch = (actor: TestMember, target: Pick<TestMember, 'operator'>, role: Role) =>
    as(actor, 'PATCH', `/v1/members/${target.operator}`, { role })
  const remove = (actor: TestMember, target: Pick<TestMember, 'operator'>) =>
    as(actor, 'DELETE', `/v1/members/${target.operator}`)
  const roleOf = async ({ id }: TestMember) =>
    (await api.ask<{ role: Role }>('select role from tenant.memberships where id = $1', [id]))[0]?.role

  test('are listed newest first with address and role, and never with who the person is elsewhere', async () => {
    const answer = await as(owner, 'GET', '/v1/members')
    const page = pageSchema(memberSchema).parse(answer.body)
    expect(page.data.map(({ id, email, role }) => ({ id, email, role }))).toEqual([
      { id: admin.operator, email: admin.email, role: 'admin' },
      { id: owner.operator, email: owner.email, role: 'owner' },
    ])
    for (const { identityId } of [owner, admin]) {
      expect(answer.text).not.toContain(identityId)
      expect(answer.text).not.toContain(encodeId('operator', identityId))
    }
    expect((await as(owner, 'GET', `/v1/members/${admin.operator}`)).body).toEqual(page.data[0])
  })

  test('each reads itself, with what it may give to others', async () => {
    const reviewer = await api.a.makeMember('reviewer')
    for (const [member, grantable] of [
      [owner, roles],
      [admin, ['admin', 'builder', 'reviewer', 'auditor']],
      [reviewer, ['reviewer']],
    ] as const) {
      const me = ownMembershipSchema.parse((await as(member, 'GET', '/v1/members/me')).body)
      expect(me).toMatchObject({
        id: member.operator,
        email: member.email,
        workspace: { id: encodeId('workspace', api.a.id) },
      })
      expect(me.grantable_roles).toEqual(grantable)
    }
  })

  test('a change of role ends the old access token at once and tells before and after', async () => {
    const builder = await api.a.makeMember('builder')
    const token = await builder.token()
    expect((await api.a.call('GET', '/v1/credentials', { credential: token })).status).toBe(200)
    const answer = await patch(owner, builder, 'reviewer')
    expect(memberSchema.parse(answer.body).role).toBe('reviewer')
    const stale = await api.a.call('GET', '/v1/credentials', { credential: token })
    expect([stale.status, stale.code()]).toEqual([401, 'member.token_stale'])
    expect((await as(builder, 'GET', '/v1/credentials')).status).toBe(403)
    expect((await as(builder, 'GET', '/v1/sessions')).status).toBe(200)
    const [event] = await auditedActions(api, api.a.id, 'member.role_changed')
    expect(event).toMatchObject({
      actor: { kind: 'operator', id: owner.operator },
      target: { kind: 'operator', id: builder.operator },
      before: { role: 'builder' },
      after: { role: 'reviewer' },
    })
  })

  test('the same role again changes nothing: no event, and no token ends', async () => {
    const token = await admin.token()
    const before = await auditedActions(api, api.a.id, 'member.role_changed')
    expect((await patch(owner, admin, 'admin')).status).toBe(200)
    expect(await auditedActions(api, api.a.id, 'member.role_changed')).toHaveLength(before.length)
    expect((await api.a.call('GET', '/v1/members/me', { credential: token })).status).toBe(200)
  })

  test('who was removed is out at once, in this process, and within five seconds in another one', async () => {
    const builder = await api.a.makeMember('builder')
    const token = await builder.token()
    const use = () => api.a.call('GET', '/v1/agents', { credential: token })
    expect((await use()).status).toBe(200)
    expect((await remove(owner, builder)).status).toBe(204)
    expect((await use()).code()).toBe('member.token_stale')
    const other = await api.a.makeMember('builder')
    const otherToken = await other.token()
    const useOther = () => api.a.call('GET', '/v1/agents', { credential: otherToken })
    expect((await useOther()).status).toBe(200)
    // As another node does it: this process hears nothing of it.
    await api.ask('delete from tenant.memberships where id = $1', [other.id])
    api.pass(5_000)
    expect((await useOther()).code()).toBe('member.token_stale')
  })

  test.each<[Role, Role]>([
    ['owner', 'builder'],
    ['privacy', 'builder'],
    ['builder', 'owner'],
    ['builder', 'privacy'],
    ['admin', 'owner'],
  ])('an admin does not make a %s a %s', async (from, to) => {
    const target = await api.a.makeMember(from)
    const answer = await patch(admin, target, to)
    expect([answer.status, answer.code()]).toEqual([403, 'member.role_refused'])
    expect(await roleOf(target)).toBe(from)
  })

  test('an admin does not raise itself, and may step down', async () => {
    expect((await patch(admin, admin, 'owner')).code()).toBe('member.role_refused')
    expect(await roleOf(admin)).toBe('admin')
    expect((await patch(admin, admin, 'reviewer')).status).toBe(200)
    expect((await patch(admin, admin, 'admin')).code()).toBe('api_key.scope_missing')
  })

  test.each(['owner', 'privacy'] as const)('an admin does not remove a %s', async (role) => {
    const target = await api.a.makeMember(role)
    expect((await remove(admin, target)).code()).toBe('member.role_refused')
    expect(await roleOf(target)).toBe(role)
  })

  test.each(['builder', 'reviewer', 'privacy', 'auditor'] as const)(
    'a %s sees nobody, changes nobody, and may leave',
    async (role) => {
      const member = await api.a.makeMember(role)
      for (const answer of [
        await as(member, 'GET', '/v1/members'),
        await as(member, 'GET', `/v1/members/${member.operator}`),
        await as(member, 'GET', '/v1/invitations'),
        await patch(member, member, 'owner'),
        await patch(member, admin, 'auditor'),
        await remove(member, admin),
        await as(member, 'POST', '/v1/invitations', { email: 'x@example.com', role }),
      ])
        expect([answer.status, answer.code()]).toEqual([403, 'api_key.scope_missing'])
      expect((await as(member, 'DELETE', '/v1/members/me')).status).toBe(204)
      expect(await roleOf(member)).toBeUndefined()
      expect(await roleOf(admin)).toBe('admin')
    },
  )

  test('the last owner neither leaves nor steps down; with another one it may', async () => {
    for (const answer of [
      await as(owner, 'DELETE', '/v1/members/me'),
      await remove(owner, owner),
      await patch(owner, owner, 'admin'),
    ])
      expect([answer.status, answer.code()]).toEqual([409, 'member.last_owner'])
    await api.a.makeMember('owner')
    expect((await as(owner, 'DELETE', '/v1/members/me')).status).toBe(204)
  })

  test('leaving and being removed are told apart, with the role that is gone', async () => {
    const [leaves, removed] = [await api.a.makeMember('auditor'), await api.a.makeMember('auditor')]
    await as(leaves, 'DELETE', '/v1/members/me')
    await remove(admin, removed)
    const [left] = await auditedActions(api, api.a.id, 'member.left')
    const [gone] = await auditedActions(api, api.a.id, 'member.removed')
    expect(left).toMatchObject({
      actor: { id: leaves.operator },
      target: { id: leaves.operator },
      before: { role: 'auditor' },
    })
    expect(gone).toMatchObject({
      actor: { id: admin.operator },
      target: { id: removed.operator },
      before: { role: 'auditor' },
    })
  })

  test('two owners who demote each other at the same moment leave one owner, every time', async () => {
    for (let round = 0; round < 15; round += 1) {
      await api.ask('delete from tenant.memberships')
      const [one, other] = [await api.a.makeMember('owner'), await api.a.makeMember('owner')]
      const acts = [
        [() => patch(one, other, 'builder'), () => patch(other, one, 'builder')],
        [() => patch(one, one, 'builder'), () => patch(other, other, 'builder')],
        [() => remove(one, other), () => remove(other, one)],
        [() => as(one, 'DELETE', '/v1/members/me'), () => as(other, 'DELETE', '/v1/members/me')],
        [() => as(one, 'DELETE', '/v1/members/me'), () => patch(other, one, 'auditor')],
      ] as const
      const [first, second] = acts[round % acts.length] ?? acts[0]
      const answers = await Promise.all([first(), second()])
      const owners = await api.ask(`select 1 from tenant.memberships where role = 'owner'`)
      expect([round, owners.length]).toEqual([round, 1])
      // Only in the last pair may both succeed: who was demoted first is no owner when it leaves.
      const done = answers.filter(({ status }) => status < 300).length
      expect(done === 1 || (done === 2 && round % acts.length === 4)).toBe(true)
    }
  })

  test('who is demoted while its own change waits does not act with the role it had', async () => {
    const [second, target] = [await api.a.makeMember('owner'), await api.a.makeMember('builder')]
    // Both tokens were looked at as owners; the one that comes second finds itself a reviewer.
    const answers = await Promise.all([patch(owner, second, 'reviewer'), patch(second, target, 'owner')])
    const refused = answers[1].status === 401 ? answers[1].code() : answers[1].status
    expect(['member.token_stale', 200]).toContain(refused)
    if (refused !== 200) expect(await roleOf(target)).toBe('builder')
  })

  test('a member of A with an id of B finds nobody, and B stays as it is', async () => {
    const theirs = await api.b.makeMember('builder')
    for (const id of [theirs.operator, encodeId('operator', newId()), 'opr_x', 'x']) {
      for (const answer of [
        await as(owner, 'GET', `/v1/members/${id}`),
        await patch(owner, { operator: id }, 'auditor'),
        await remove(owner, { operator: id }),
      ])
        expect([answer.status, answer.code()]).toEqual([404, 'request.not_found'])
    }
    expect(await roleOf(theirs)).toBe('builder')
  })

  test('a token of a membership of B is none in A, and one of A that names B is none', async () => {
    const theirs = await api.b.makeMember('owner')
    const page = pageSchema(memberSchema).parse(
      (await api.b.call('GET', '/v1/members', { credential: await theirs.token() })).body,
    )
    expect(page.data.map(({ id }) => id)).toContain(theirs.operator)
    expect(page.data.map(({ id }) => id)).not.toContain(owner.operator)
  })

  test('a change under an Idempotency-Key happens once, a removal too', async () => {
    const builder = await api.a.makeMember('builder')
    const call = async (method: string, key: string, body?: unknown) =>
      api.a.call(method, `/v1/members/${builder.operator}`, {
        credential: await owner.token(),
        headers: { 'idempotency-key': key },
        ...(body === undefined ? {} : { body }),
      })
    const events = async () => (await auditedActions(api, api.a.id, 'member.role_changed')).length
    const before = await events()
    const answers = [
      await call('PATCH', 'one', { role: 'auditor' }),
      await call('PATCH', 'one', { role: 'auditor' }),
      await call('PATCH', 'one', { role: 'reviewer' }),
    ]
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 409])
    expect(await events()).toBe(before + 1)
    expect([(await call('DELETE', 'two')).status, (await call('DELETE', 'two')).status]).toEqual([204, 204])
    expect((await call('DELETE', 'three')).status).toBe(404)
  })

  test.each([{}, { role: 'system' }, { role: 'owner', email: 'x@example.com' }, { role: ['owner'] }])(
    'the body %j is refused with the place',
    async (body) => {
      const answer = await as(owner, 'PATCH', `/v1/members/${admin.operator}`, body)
      expect([answer.status, answer.code()]).toEqual([422, 'request.invalid'])
      expect(answer.pointers()).toHaveLength(1)
    },
  )
})
