/** `/auth/refresh`: what a refresh cookie does for its owner, and for whoever has copied, kept or forged one. */
import { encodeId, refreshedSessionSchema } from '@hyponema/contract'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { parseSecretText } from '../../packages/server/src/guards/secret-text.ts'
import { type Api, newId, openApi, publicOrigin, type TestMember } from './api-harness.ts'
import { auditedActions } from './audited-actions.ts'
import { createCaller } from './call-api.ts'
import { cookieOf, fromOwnPage, refresh, signIn, signInPorts, signInRequest } from './sign-in-browser.ts'
import { tablesThatHold } from './tables-that-hold.ts'

const dayMs = 24 * 60 * 60 * 1000

describe('refreshing', () => {
  let api: Api
  let member: TestMember
  beforeAll(async () => {
    api = await openApi()
  })
  afterAll(() => api.close())
  beforeEach(async () => {
    member = await api.a.makeMember('builder')
  })

  const enter = () => signIn(api, { workspaceId: api.a.id, member })
  const works = async (accessToken: string) =>
    (await api.a.call('GET', '/v1/members/me', { credential: accessToken })).status === 200
  const leaves = () =>
    api.ask(
      `select 1 from tenant.refresh_tokens t join tenant.refresh_families f on f.id = t.family_id
       where f.membership_id = $1 and f.revoked_at is null and t.used_at is null and t.replaced_at is null`,
      [member.id],
    )

  test('gives an access token and the next cookie, and tells who and where', async () => {
    const opened = await enter()
    const { answer, cookie, accessToken } = await refresh(api, cookieOf(opened))
    expect(answer.status).toBe(200)
    const session = refreshedSessionSchema.parse(answer.body)
    expect(session).toMatchObject({
      family: encodeId('refreshFamily', opened.familyId),
      operator_id: member.operator,
      workspace: { id: encodeId('workspace', api.a.id), name: `workspace ${api.a.id}` },
      role: 'builder',
    })
    expect(await works(accessToken)).toBe(true)
    expect(cookie).not.toBe(cookieOf(opened))
    expect((await refresh(api, cookie ?? '')).answer.status).toBe(200)
    expect(answer.headers.getSetCookie()[0]).toMatch(
      new RegExp(
        `^__Secure-refresh-fam_[0-9a-z]{26}=hyr_[\\w-]+; Max-Age=2592000; Path=/auth/refresh; HttpOnly; Secure; SameSite=Strict$`,
      ),
    )
    expect(answer.headers.get('cache-control')).toBe('no-store')
  })

  test('a sign-in is audited; a member of nothing has none', async () => {
    const opened = await enter()
    const [event] = await auditedActions(api, api.a.id, 'operator.signed_in')
    expect(event).toMatchObject({
      actor: { kind: 'operator', id: member.operator },
      after: { family: encodeId('refreshFamily', opened.familyId) },
    })
    for (const [workspaceId, identityId] of [
      [api.b.id, member.identityId],
      [api.a.id, newId()],
      [newId(), member.identityId],
    ] as const) {
      expect(await signInPorts(api).openSession({ workspaceId, identityId, request: signInRequest })).toBeUndefined()
    }
  })

  test('workspaces are described to who belongs to them, and to nobody else', async () => {
    await api.b.makeMember('auditor', { identityId: member.identityId })
    const ask = (identityId = member.identityId) =>
      signInPorts(api).describeWorkspaces({ identityId, workspaceIds: [api.b.id, newId(), api.a.id] })
    expect((await ask()).map(({ id, role }) => [id, role])).toEqual([
      [api.b.id, 'auditor'],
      [api.a.id, 'builder'],
    ])
    expect(await ask(newId())).toEqual([])
  })

  test('what a cookie holds lies nowhere in the database or the log', async () => {
    const { cookie } = await enter()
    await refresh(api, `${cookie.name}=${cookie.value}`)
    const secrets = parseSecretText({ prefix: 'hyr_', secrets: 2 }, cookie.value)?.secrets ?? []
    expect(secrets).toHaveLength(2)
    for (const secret of secrets) {
      for (const text of [secret.toString('base64url'), secret.toString('hex')]) {
        expect(await tablesThatHold(api, text)).toEqual([])
        expect(api.logged.join('')).not.toContain(text)
      }
    }
  })

  test('a cookie that comes back after its use ends the sign-in for both, and the log says why', async () => {
    const opened = await enter()
    const owner = await refresh(api, cookieOf(opened))
    api.pass(10_001)
    const thief = await refresh(api, cookieOf(opened))
    expect([thief.answer.status, thief.answer.code()]).toEqual([401, 'member.session_ended'])
    expect(thief.answer.headers.getSetCookie()[0]).toMatch(
      /^__Secure-refresh-fam_\w+=; Max-Age=0; Path=\/auth\/refresh; HttpOnly; Secure; SameSite=Strict$/,
    )
    expect((await refresh(api, owner.cookie ?? '')).answer.code()).toBe('member.session_ended')
    expect(await works(owner.accessToken)).toBe(false)
    const events = await auditedActions(api, api.a.id, 'operator.session_revoked')
    expect(events[0]).toMatchObject({
      target: { kind: 'operator', id: member.operator },
      after: { family: encodeId('refreshFamily', opened.familyId) },
      reason: 'reused',
    })
    await refresh(api, cookieOf(opened))
    expect(await auditedActions(api, api.a.id, 'operator.session_revoked')).toHaveLength(events.length)
  })

  test('a repeat within ten seconds gets a sibling, and the child before dies with it', async () => {
    const release = api.holdClock()
    const opened = await enter()
    const first = await refresh(api, cookieOf(opened))
    api.pass(10_000)
    const second = await refresh(api, cookieOf(opened))
    expect(second.answer.status).toBe(200)
    expect(await leaves()).toHaveLength(1)
    expect((await refresh(api, second.cookie ?? '')).answer.status).toBe(200)
    expect((await refresh(api, first.cookie ?? '')).answer.status).toBe(401)
    expect(await leaves()).toHaveLength(0)
    release()
  })

  test('a repeat within ten seconds is theft once the child was used, and without the family’s secret', async () => {
    const opened = await enter()
    const child = await refresh(api, cookieOf(opened))
    await refresh(api, child.cookie ?? '')
    expect((await refresh(api, cookieOf(opened))).answer.status).toBe(401)
    expect(await leaves()).toHaveLength(0)
  })

  test('many repeats at the same moment leave one cookie that can be used', async () => {
    const opened = await enter()
    const answers = await Promise.all(Array.from({ length: 8 }, () => refresh(api, cookieOf(opened))))
    expect(answers.map(({ answer }) => answer.status)).toEqual(Array.from({ length: 8 }, () => 200))
    expect(await leaves()).toHaveLength(1)
  })

  test('a cookie lives thirty days from its last use', async () => {
    const [used, forgotten] = [await enter(), await enter()]
    api.pass(20 * dayMs)
    const next = await refresh(api, cookieOf(used))
    api.pass(20 * dayMs)
    expect((await refresh(api, next.cookie ?? '')).answer.status).toBe(200)
    expect((await refresh(api, cookieOf(forgotten))).answer.status).toBe(401)
    // Too old is not stolen.
    const [family] = await api.ask<{ revoked_at: Date | null }>(
      'select revoked_at from tenant.refresh_families where id = $1',
      [forgotten.familyId],
    )
    expect(family?.revoked_at).toBeNull()
  })

  test('the role is what it is now, and the member removed has no sign-in left', async () => {
    const opened = await enter()
    const owner = await api.a.makeOperatorToken()
    await api.a.call('PATCH', `/v1/members/${member.operator}`, { credential: owner, body: { role: 'auditor' } })
    expect(await works(opened.accessToken)).toBe(false)
    const next = await refresh(api, cookieOf(opened))
    expect(refreshedSessionSchema.parse(next.answer.body).role).toBe('auditor')
    await api.a.call('DELETE', `/v1/members/${member.operator}`, { credential: owner })
    expect((await refresh(api, next.cookie ?? '')).answer.code()).toBe('member.session_ended')
    expect(await works(next.accessToken)).toBe(false)
  })

  test('signing out ends this sign-in and every access token; the other sign-in goes on by its refresh', async () => {
    const [one, other] = [await enter(), await enter()]
    const out = await refresh(api, `${cookieOf(other)}; ${cookieOf(one)}`, {
      path: '/auth/refresh/sign-out',
      body: { family: encodeId('refreshFamily', one.familyId) },
    })
    expect([out.answer.status, out.answer.headers.getSetCookie().length]).toEqual([204, 1])
    expect(await works(one.accessToken)).toBe(false)
    expect((await refresh(api, cookieOf(one))).answer.status).toBe(401)
    expect((await refresh(api, cookieOf(other))).answer.status).toBe(200)
    const [event] = await auditedActions(api, api.a.id, 'operator.signed_out')
    expect(event?.after).toEqual({ family: encodeId('refreshFamily', one.familyId) })
    const again = await refresh(api, cookieOf(one), { path: '/auth/refresh/sign-out' })
    expect(again.answer.status).toBe(204)
  })

  test('signing out everywhere ends the person’s sign-ins in all workspaces, each with its own event, and nobody else’s', async () => {
    const there = await api.b.makeMember('owner', { identityId: member.identityId })
    const colleague = await api.a.makeMember('builder')
    const [here, alsoHere, inB, theirs] = [
      await enter(),
      await enter(),
      await signIn(api, { workspaceId: api.b.id, member: there }),
      await signIn(api, { workspaceId: api.a.id, member: colleague }),
    ]
    const answer = await api.a.call('POST', '/v1/members/me/sign-out-everywhere', { credential: here.accessToken })
    expect(answer.status).toBe(204)
    for (const { accessToken } of [here, alsoHere, inB]) expect(await works(accessToken)).toBe(false)
    for (const opened of [here, alsoHere, inB]) expect((await refresh(api, cookieOf(opened))).answer.status).toBe(401)
    expect(await works(theirs.accessToken)).toBe(true)
    const [inA] = await auditedActions(api, api.a.id, 'operator.signed_out_everywhere')
    const [inOther] = await auditedActions(api, api.b.id, 'operator.signed_out_everywhere')
    expect(inA).toMatchObject({
      actor: { id: member.operator },
      target: { id: member.operator },
      after: { families: 2 },
    })
    expect(inOther).toMatchObject({
      actor: { id: there.operator },
      target: { id: there.operator },
      after: { families: 1 },
    })
  })

  test.each([
    ['without an Origin', { origin: '' }],
    ['with another Origin', { origin: 'https://evil.example' }],
    ['with the Origin null', { origin: 'null' }],
    ['from another port of this machine', { origin: 'http://127.0.0.1:4701' }],
    ['from an Origin that begins like ours', { origin: `${publicOrigin}.evil.example` }],
    ['without our header', { 'x-hyponema-refresh': '' }],
    ['with another value of our header', { 'x-hyponema-refresh': 'true' }],
  ])('%s nothing is refreshed or signed out', async (_name, headers) => {
    const opened = await enter()
    for (const path of ['/auth/refresh', '/auth/refresh/sign-out']) {
      const sent = Object.fromEntries(
        Object.entries({ ...fromOwnPage, cookie: cookieOf(opened), ...headers }).filter(([, value]) => value !== ''),
      )
      const answer = await createCaller(api.app)('POST', path, { body: {}, headers: sent })
      expect([answer.status, answer.code(), answer.headers.getSetCookie()]).toEqual([403, 'member.origin_refused', []])
      expect(answer.headers.get('access-control-allow-origin')).toBeNull()
    }
    expect((await refresh(api, cookieOf(opened))).answer.status).toBe(200)
  })

  test.each([
    ['text', { rawBody: '{}', headers: { 'content-type': 'text/plain' } }, 415],
    ['a form', { rawBody: 'a=1', headers: { 'content-type': 'application/x-www-form-urlencoded' } }, 415],
    ['no JSON', { rawBody: '{' }, 422],
    ['no object', { rawBody: '[]' }, 422],
    ['an unknown field', { body: { workspace_id: 'wsp_x' } }, 422],
    ['a family that is none', { body: { family: 'fam_x' } }, 422],
    ['nothing', {}, 422],
  ])('a body that is %s is refused and uses nothing', async (_name, call, status) => {
    const opened = await enter()
    const headers = { ...fromOwnPage, cookie: cookieOf(opened), ...('headers' in call ? call.headers : {}) }
    expect((await createCaller(api.app)('POST', '/auth/refresh', { ...call, headers })).status).toBe(status)
    expect(await leaves()).toHaveLength(1)
  })

  test('of several sign-ins the named one is refreshed, else the newest that goes on', async () => {
    const [older, newer] = [await enter(), await enter()]
    const jar = `${cookieOf(older)}; other=1; ${cookieOf(newer)}`
    const familyOf = async (body: object) =>
      refreshedSessionSchema.safeParse((await refresh(api, jar, { body })).answer.body).data?.family
    const [olderFamily, newerFamily] = [older, newer].map(({ familyId }) => encodeId('refreshFamily', familyId))
    expect(await familyOf({ family: olderFamily })).toBe(olderFamily)
    expect(await familyOf({})).toBe(newerFamily)
    await refresh(api, cookieOf(newer), { path: '/auth/refresh/sign-out', body: { family: newerFamily } })
    const fallen = await refresh(api, jar)
    expect(refreshedSessionSchema.parse(fallen.answer.body).family).toBe(olderFamily)
    // The one that has ended is taken from the browser.
    expect(fallen.answer.headers.getSetCookie().filter((one) => one.includes('Max-Age=0'))).toHaveLength(1)
    const unknown = await refresh(api, jar, { body: { family: encodeId('refreshFamily', newId()) } })
    expect(unknown.answer.code()).toBe('member.session_ended')
  })

  test('the page of members opened as localhost is sent to the name whose requests are taken', async () => {
    const open = (host: string) => createCaller(api.app)('GET', '/members', { headers: { host } })
    const sent = await open('localhost:4700')
    expect([sent.status, sent.headers.get('location')]).toEqual([307, `${publicOrigin}/members`])
    for (const host of ['127.0.0.1:4700', 'evil.example', 'localhost.evil.example:4700'])
      expect((await open(host)).headers.get('location')).toBeNull()
  })

  test('a cookie that was altered, renamed or put together from two is none, and ends nobody’s sign-in', async () => {
    const other = await api.b.makeMember('owner')
    const [mine, theirs] = [await enter(), await signIn(api, { workspaceId: api.b.id, member: other })]
    const { name, value } = mine.cookie
    const last = value.at(-1) === 'A' ? 'B' : 'A'
    for (const cookie of [
      '',
      '__Secure-refresh-',
      `${name}=`,
      `${name}=${value.slice(0, -1)}`,
      `${name}=${value.slice(0, -1)}${last}`,
      `${name}=${value}=`,
      `${name}="${value}"`,
      `${theirs.cookie.name}=${value}`,
      `${name}=${theirs.cookie.value}`,
      `x${name}=${value}`,
      `${name.replace('__Secure-', '')}=${value}`,
      `${name.replace('__Secure-', '__secure-')}=${value}`,
      `${name.toUpperCase()}=${value}`,
    ])
      expect([cookie, (await refresh(api, cookie)).answer.status]).toEqual([cookie, 401])
    expect((await refresh(api, cookieOf(mine))).answer.status).toBe(200)
    expect((await refresh(api, cookieOf(theirs))).answer.status).toBe(200)
  })
})
