/** Who a person is: by a link where it was asked for, by its code where the link was opened elsewhere. */
import { encodeId } from '@hyponema/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openSignInApi, type SignInApi } from './sign-in-people.ts'

const minuteMs = 60_000

describe('sign-in', () => {
  let world: SignInApi
  beforeAll(async () => {
    world = await openSignInApi()
    await world.makePerson('ada@example.com', [world.api.a])
    await world.makePerson('two@example.com', [world.api.a, world.api.b])
    await world.makePerson('none@example.com', [])
  })
  afterAll(() => world.api.close())

  const askFor = async (email: string) => {
    const browser = world.openBrowser()
    const asked = await browser.post('/auth/sign-in', { email })
    expect([asked.status, asked.body]).toEqual([202, { expires_in_seconds: 600 }])
    return { browser, asked, token: await world.lastToken(email) }
  }

  test('the link signs in where it was asked for, once', async () => {
    const { browser, asked, token } = await askFor('ada@example.com')
    expect(asked.setCookies).toHaveLength(1)
    expect(asked.setCookies[0]).toMatch(
      /^__Host-hyponema-sign-in=[A-Za-z0-9_-]{43}; Max-Age=600; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
    )
    const signedIn = await browser.post('/auth/confirm', { token })
    expect(signedIn.body).toEqual({
      status: 'signed_in',
      access_token: 'an-access-token',
      expires_at: '2030-01-01T00:00:00.000Z',
      workspace: { id: encodeId('workspace', world.api.a.id), name: 'A workspace' },
      role: 'builder',
    })
    expect(signedIn.setCookies).toEqual([
      expect.stringMatching(/^__Host-hyponema-sign-in=; Max-Age=0; Path=\/;/),
      '__Secure-refresh-test=a-refresh-token; Max-Age=3600; Path=/auth/refresh; HttpOnly; Secure; SameSite=Strict',
    ])
    const again = await browser.post('/auth/confirm', { token })
    expect([again.status, again.code]).toEqual([410, 'sign_in.link_invalid'])
  })

  test('opened in another browser the link shows a code, which signs in where it was asked for', async () => {
    const { browser, token } = await askFor('ada@example.com')
    const other = world.openBrowser()
    const shown = await other.post('/auth/confirm', { token })
    expect(shown.body).toEqual({ status: 'code', code: expect.stringMatching(/^\d{6}$/) })
    expect(shown.setCookies).toEqual([])
    const { code } = codeOf(shown.body)
    // Typed where the link was opened it is worth nothing.
    expect((await other.post('/auth/code', { code })).code).toBe('sign_in.request_ended')
    expect((await browser.post('/auth/code', { code })).body).toMatchObject({ status: 'signed_in' })
    for (const attempt of [await browser.post('/auth/code', { code }), await other.post('/auth/confirm', { token })]) {
      expect(attempt.status).toBe(410)
    }
  })

  test('who belongs to several workspaces chooses one, within five minutes, once', async () => {
    const { browser, token } = await askFor('two@example.com')
    const asked = await browser.post('/auth/confirm', { token })
    const ids = [world.api.a.id, world.api.b.id].toSorted()
    expect(asked.body).toEqual({
      status: 'choose',
      choice: expect.stringMatching(/^[A-Za-z0-9_-]{43}$/),
      workspaces: ids.map((id) => ({ id: encodeId('workspace', id), name: `name of ${id}`, role: 'builder' })),
    })
    const choice = choiceOf(asked.body)
    const wanted = { choice, workspace_id: encodeId('workspace', world.api.b.id) }
    // The secret of the answer without the cookie, the cookie without the secret.
    expect((await world.openBrowser().post('/auth/choose', wanted)).code).toBe('sign_in.request_ended')
    expect((await browser.post('/auth/choose', { ...wanted, choice: token })).code).toBe('sign_in.request_ended')
    const chosen = await browser.post('/auth/choose', wanted)
    expect(chosen.body).toMatchObject({ status: 'signed_in', workspace: { id: wanted.workspace_id } })
    expect((await browser.post('/auth/choose', wanted)).code).toBe('sign_in.request_ended')
  })

  test('a choice that waits too long, or of a workspace that is not the person’s, opens nothing', async () => {
    const late = await askFor('two@example.com')
    const first = choiceOf((await late.browser.post('/auth/confirm', { token: late.token })).body)
    world.api.pass(5 * minuteMs + 1)
    const wanted = { choice: first, workspace_id: encodeId('workspace', world.api.a.id) }
    expect((await late.browser.post('/auth/choose', wanted)).code).toBe('sign_in.request_ended')
    const { browser, token } = await askFor('two@example.com')
    const choice = choiceOf((await browser.post('/auth/confirm', { token })).body)
    const foreign = await browser.post('/auth/choose', { choice, workspace_id: 'wsp_01jd3v7t6zf3m8k2x9w4c5b6n7' })
    expect([foreign.status, foreign.code]).toEqual([403, 'sign_in.no_workspace'])
  })

  test('who is known and belongs nowhere is told so', async () => {
    const { browser, token } = await askFor('none@example.com')
    const refused = await browser.post('/auth/confirm', { token })
    expect([refused.status, refused.code]).toEqual([403, 'sign_in.no_workspace'])
  })

  test('an invitation makes the person and the membership, after its address is proved', async () => {
    const invitation = { text: 'hyi_new', workspaceId: world.api.b.id, email: 'new@example.com', open: true }
    world.invitations.push(invitation)
    const browser = world.openBrowser()
    const asked = await browser.post('/auth/sign-in', { invitation: 'hyi_new' })
    expect([asked.status, asked.body]).toEqual([
      202,
      {
        expires_in_seconds: 600,
        invitation: { email: 'new@example.com', workspace_name: 'Invited here', role: 'builder' },
      },
    ])
    expect(await world.api.ask(`select 1 as one from identity.identities where email = 'new@example.com'`)).toEqual([])
    const token = await world.lastToken('new@example.com')
    const signedIn = await browser.post('/auth/confirm', { token })
    expect(signedIn.body).toMatchObject({
      status: 'signed_in',
      workspace: { id: encodeId('workspace', world.api.b.id) },
    })
    expect(invitation.open).toBe(false)
    for (const text of ['hyi_new', 'hyi_other']) {
      const refused = await browser.post('/auth/sign-in', { invitation: text })
      expect([refused.status, refused.code]).toEqual([410, 'sign_in.invitation_invalid'])
    }
  })

  test('an invitation that is revoked while its link is on the way makes no membership', async () => {
    const invitation = { text: 'hyi_gone', workspaceId: world.api.b.id, email: 'gone@example.com', open: true }
    world.invitations.push(invitation)
    const browser = world.openBrowser()
    await browser.post('/auth/sign-in', { invitation: 'hyi_gone' })
    const token = await world.lastToken('gone@example.com')
    invitation.open = false
    expect((await browser.post('/auth/confirm', { token })).code).toBe('sign_in.no_workspace')
  })
})

test('a page that is opened under another name of this machine is sent to the one whose requests are taken', async () => {
  const world = await openSignInApi()
  const ask = (path: string, host: string) => world.api.app.request(path, { headers: { host } }, {})
  for (const path of ['/sign-in', '/auth/link']) {
    const sent = await ask(`${path}?x=1`, 'localhost:4700')
    expect([sent.status, sent.headers.get('location')]).toEqual([307, `http://127.0.0.1:4700${path}`])
    for (const host of ['127.0.0.1:4700', 'evil.example', 'internal:4700']) {
      expect((await ask(path, host)).headers.get('location')).toBeNull()
    }
  }
  await world.api.close()
})

describe('without a mail server', () => {
  test('nobody can ask for a link, and is told why', async () => {
    const world = await openSignInApi({ mail: 'none' })
    const refused = await world.openBrowser().post('/auth/sign-in', { email: 'ada@example.com' })
    expect([refused.status, refused.code]).toEqual([503, 'sign_in.mail_not_configured'])
    await world.api.close()
  })

  test('that works, the answer is the same and the log says what failed, without the address', async () => {
    const world = await openSignInApi({ mail: 'failing' })
    await world.makePerson('ada@example.com', [world.api.a])
    const asked = await world.openBrowser().post('/auth/sign-in', { email: 'ada@example.com' })
    expect([asked.status, asked.body]).toEqual([202, { expires_in_seconds: 600 }])
    await world.settle()
    const line = world.api.logged.find((text) => text.includes('a sign-in mail was not sent'))
    expect(line).toContain('the mail server is down')
    expect(world.api.logged.join('')).not.toContain('ada@')
    await world.api.close()
  })
})

function codeOf(body: unknown): { code: string } {
  if (typeof body !== 'object' || body === null || !('code' in body)) throw new Error('no code')
  return { code: String(body.code) }
}

function choiceOf(body: unknown): string {
  if (typeof body !== 'object' || body === null || !('choice' in body)) throw new Error('no choice')
  return String(body.choice)
}
