/** Each thing that somebody could try with a link, a code, a cookie or an address that is not his. */
import { signInAnswerSchema } from '@hyponema/contract'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { z } from 'zod'
import { codeOfLink } from '../../packages/server/src/guards/sign-in-secrets.ts'
import { requestOf } from './call-api.ts'
import { openSignInApi, type SignInApi } from './sign-in-people.ts'

const minuteMs = 60_000
const dayMs = 24 * 60 * minuteMs

describe('attacks on sign-in', () => {
  let world: SignInApi
  beforeAll(async () => {
    world = await openSignInApi()
  })
  afterAll(() => world.api.close())

  let people = 0
  /** Somebody new each time, so that no budget of an address is left over from another test. */
  const somebody = async (workspaces = [world.api.a]): Promise<string> => {
    people += 1
    const email = `person-${people}@example.com`
    await world.makePerson(email, workspaces)
    return email
  }
  const askFor = async (email: string, browser = world.openBrowser()) => {
    expect((await browser.post('/auth/sign-in', { email })).status).toBe(202)
    return { browser, token: await world.lastToken(email) }
  }
  const otherCode = (code: string): string => String((Number(code) + 1) % 1_000_000).padStart(6, '0')

  describe('a link', () => {
    test('is not used up by a scanner: not by GET, HEAD or OPTIONS, nor by POST without the cookie', async () => {
      const email = await somebody()
      const { browser, token } = await askFor(email)
      for (const method of ['GET', 'HEAD', 'OPTIONS', 'PUT']) {
        for (const path of ['/auth/confirm', `/auth/confirm?token=${token}`, '/auth/code', '/auth/choose']) {
          const answer = await world.api.app.request(path, requestOf(method, {}), {})
          expect([method, path, answer.status, answer.headers.getSetCookie()]).toEqual([method, path, 404, []])
        }
      }
      const codes = await Promise.all(
        Array.from({ length: 3 }, () => world.openBrowser().post('/auth/confirm', { token })),
      )
      for (const { body, setCookies } of codes)
        expect([body, setCookies]).toEqual([{ status: 'code', code: codeOfLink(token) }, []])
      expect((await browser.post('/auth/confirm', { token })).body).toMatchObject({ status: 'signed_in' })
    })

    test('with the cookie of another request shows its code and signs nobody in', async () => {
      const { token } = await askFor(await somebody())
      const { browser: thief } = await askFor(await somebody())
      expect((await thief.post('/auth/confirm', { token })).body).toEqual({ status: 'code', code: codeOfLink(token) })
      expect((await thief.post('/auth/code', { code: codeOfLink(token) })).code).toBe('sign_in.code_wrong')
    })

    test('that two use at once signs in one', async () => {
      const { browser, token } = await askFor(await somebody())
      const before = world.sessions.length
      const answers = await Promise.all(Array.from({ length: 6 }, () => browser.post('/auth/confirm', { token })))
      expect(answers.map(({ status }) => status).toSorted(numerically)).toEqual([200, 410, 410, 410, 410, 410])
      expect(world.sessions.length - before).toBe(1)
    })

    test('expires after ten minutes, with its code', async () => {
      const { browser, token } = await askFor(await somebody())
      await world.openBrowser().post('/auth/confirm', { token })
      world.api.pass(10 * minuteMs)
      expect((await browser.post('/auth/confirm', { token })).code).toBe('sign_in.link_invalid')
      expect((await world.openBrowser().post('/auth/confirm', { token })).code).toBe('sign_in.link_invalid')
      expect((await browser.post('/auth/code', { code: codeOfLink(token) })).code).toBe('sign_in.request_ended')
    })

    test.each(['', 'x', `${'a'.repeat(42)}=`, 'a'.repeat(44), null, 7, ['a'.repeat(43)], { $ne: '' }])(
      'that is %j is none',
      async (token) => {
        expect((await world.openBrowser().post('/auth/confirm', { token })).code).toBe('request.invalid')
      },
    )

    test('stands nowhere in the database, the cookie and the choice neither', async () => {
      const { browser, token } = await askFor(await somebody([world.api.a, world.api.b]))
      const [cookie = ''] = browser.cookies.values()
      const choice = await browser.post('/auth/confirm', { token })
      const rows = await world.api.ask<{ row: string }>(
        `select r::text as row from identity.sign_in_requests r union all select e::text from tenant.audit_events e`,
      )
      const hex = (text: string) => Buffer.from(text).toString('hex')
      const raw = (text: string) => Buffer.from(text, 'base64url').toString('hex')
      const stored = rows.map(({ row }) => row).join('\n')
      const { choice: proof } = choiceOf(choice.body)
      for (const secret of [token, cookie, proof]) {
        for (const form of [secret, hex(secret), raw(secret)]) expect(stored).not.toContain(form)
      }
    })
  })

  describe('a code', () => {
    test('is five guesses, also at once; then the request and its link have ended', async () => {
      const { browser, token } = await askFor(await somebody())
      await world.openBrowser().post('/auth/confirm', { token })
      const code = codeOfLink(token)
      const wrong = await Promise.all(
        Array.from({ length: 8 }, () => browser.post('/auth/code', { code: otherCode(code) })),
      )
      expect(wrong.filter((one) => one.code === 'sign_in.code_wrong')).toHaveLength(5)
      expect(wrong.filter((one) => one.code === 'sign_in.request_ended')).toHaveLength(3)
      expect((await browser.post('/auth/code', { code })).code).toBe('sign_in.request_ended')
      expect((await browser.post('/auth/confirm', { token })).code).toBe('sign_in.link_invalid')
    })

    test('is right at the fifth guess', async () => {
      const { browser, token } = await askFor(await somebody())
      await world.openBrowser().post('/auth/confirm', { token })
      const code = codeOfLink(token)
      for (let guess = 0; guess < 4; guess += 1) await browser.post('/auth/code', { code: otherCode(code) })
      expect((await browser.post('/auth/code', { code })).body).toMatchObject({ status: 'signed_in' })
    })

    test('cannot be right before somebody has opened the link', async () => {
      const { browser, token } = await askFor(await somebody())
      expect((await browser.post('/auth/code', { code: codeOfLink(token) })).code).toBe('sign_in.code_wrong')
    })

    test('is refused after 25 wrong ones in a day, in whatever requests; the link still signs in', async () => {
      const email = await somebody()
      for (let round = 0; round < 5; round += 1) {
        const { browser, token } = await askFor(email)
        await world.openBrowser().post('/auth/confirm', { token })
        for (let guess = 0; guess < 5; guess += 1)
          await browser.post('/auth/code', { code: otherCode(codeOfLink(token)) })
      }
      world.api.pass(11 * minuteMs)
      const { browser, token } = await askFor(email)
      await world.openBrowser().post('/auth/confirm', { token })
      expect((await browser.post('/auth/code', { code: codeOfLink(token) })).code).toBe('sign_in.code_wrong')
      expect((await browser.post('/auth/confirm', { token })).body).toMatchObject({ status: 'signed_in' })
      world.api.pass(dayMs)
      const next = await askFor(email)
      await world.openBrowser().post('/auth/confirm', { token: next.token })
      expect((await next.browser.post('/auth/code', { code: codeOfLink(next.token) })).status).toBe(200)
    })

    test('without a cookie, or with one that nobody was given, is none', async () => {
      const planted = world.openBrowser()
      planted.cookies.set('__Host-hyponema-sign-in', 'a'.repeat(43))
      for (const browser of [world.openBrowser(), planted]) {
        expect((await browser.post('/auth/code', { code: '000000' })).code).toBe('sign_in.request_ended')
      }
    })
  })

  describe('a cookie', () => {
    test('that was planted is replaced, and opens nothing', async () => {
      const email = await somebody()
      const planted = 'p'.repeat(43)
      const victim = world.openBrowser()
      victim.cookies.set('__Host-hyponema-sign-in', planted)
      const { token } = await askFor(email, victim)
      const [given] = victim.cookies.values()
      expect(given).toMatch(/^[A-Za-z0-9_-]{43}$/)
      expect(given).not.toBe(planted)
      const attacker = world.openBrowser()
      attacker.cookies.set('__Host-hyponema-sign-in', planted)
      expect((await attacker.post('/auth/confirm', { token })).body).toMatchObject({ status: 'code' })
    })

    test('that somebody else knows does not choose the workspace: the proof is in the answer', async () => {
      const { browser, token } = await askFor(await somebody([world.api.a, world.api.b]))
      const eavesdropper = world.openBrowser()
      for (const [name, value] of browser.cookies) eavesdropper.cookies.set(name, value)
      const { choice, workspace_id } = choiceOf((await browser.post('/auth/confirm', { token })).body)
      expect((await eavesdropper.post('/auth/choose', { choice: 'x'.repeat(43), workspace_id })).code).toBe(
        'sign_in.request_ended',
      )
      const both = await Promise.all([0, 1].map(() => browser.post('/auth/choose', { choice, workspace_id })))
      expect(both.map(({ status }) => status).toSorted(numerically)).toEqual([200, 410])
    })
  })

  describe('an address', () => {
    test('tells by nothing whether it is known: same status, body, headers and statements', async () => {
      const known = await somebody()
      const statementsSince = watchStatements(world)
      const askAs = async (email: string) => {
        statementsSince()
        const { status, text, headers } = await world.openBrowser().post('/auth/sign-in', { email })
        await world.settle()
        const seen = [...headers].filter(([name]) => !['set-cookie', 'x-request-id'].includes(name))
        return { status, text, seen, sql: statementsSince() }
      }
      // Once, so that both find the connections and plans that are there.
      await askAs(known)
      const [one, other] = [await askAs(known), await askAs('nobody@example.com')]
      expect(other).toEqual(one)
      expect(one.sql.length).toBeGreaterThan(5)
      expect(world.mails.filter(({ to }) => to === known)).toHaveLength(2)
      expect(world.mails.filter(({ to }) => to === 'nobody@example.com')).toEqual([])
    })

    test('of nobody gets no mail, and its budget is the same', async () => {
      const headers = { 'x-forwarded-for': '192.0.2.66' }
      const codesOf = async (email: string) => {
        const answers = await Promise.all(
          Array.from({ length: 7 }, () => world.openBrowser().post('/auth/sign-in', { email }, headers)),
        )
        const limited = answers.find(({ status }) => status === 429)
        expect(Number(limited?.headers.get('retry-after'))).toBeGreaterThan(500)
        return answers.map(({ status }) => status).toSorted(numerically)
      }
      const expected = [202, 202, 202, 202, 202, 429, 429]
      const known = await somebody()
      expect([await codesOf(known), await codesOf('stranger@example.com')]).toEqual([expected, expected])
      world.api.pass(10 * minuteMs + 1)
      expect((await world.openBrowser().post('/auth/sign-in', { email: known })).status).toBe(202)
    })

    test('gets twenty links from wherever they are asked for, and then none for a while', async () => {
      const release = world.api.holdClock()
      const email = await somebody()
      const statuses: number[] = []
      for (let index = 0; index < 21; index += 1)
        statuses.push((await world.openBrowser().post('/auth/sign-in', { email })).status)
      expect(statuses).toEqual([...Array.from({ length: 20 }, () => 202), 429])
      release()
    })

    test('on the network asks for twenty links, whoever they are for', async () => {
      const release = world.api.holdClock()
      const headers = { 'x-forwarded-for': '198.51.100.7' }
      const statuses: number[] = []
      for (let index = 0; index < 21; index += 1) {
        statuses.push(
          (await world.openBrowser().post('/auth/sign-in', { email: `flood-${index}@example.com` }, headers)).status,
        )
      }
      release()
      expect(statuses.filter((status) => status === 202)).toHaveLength(20)
      expect(statuses.at(-1)).toBe(429)
    })

    test.each([
      ['a header in it', 'ada@example.com\r\nBcc: eve@example.com'],
      ['two addresses', 'ada@example.com, eve@example.com'],
      ['ten thousand characters', `${'a'.repeat(3_000)}@example.com`],
      ['a local part that only looks like ASCII', 'аda@example.com'],
      ['a NUL', 'ada@example.com\0'],
      ['no domain', 'ada'],
      ['another type', { address: 'ada@example.com' }],
    ])('with %s is refused before anything is looked up', async (_name, email) => {
      const refused = await world.openBrowser().post('/auth/sign-in', { email })
      expect([refused.status, refused.code, refused.setCookies]).toEqual([422, 'request.invalid', []])
    })

    test('of a domain that looks like another one is another person', async () => {
      const known = await somebody()
      const lookalike = known.replace('example', 'ехample')
      expect((await world.openBrowser().post('/auth/sign-in', { email: lookalike })).status).toBe(202)
      await world.settle()
      expect(world.mails.filter(({ to }) => to === known)).toEqual([])
    })

    test('and body of ten kilobytes are not read', async () => {
      const refused = await world.openBrowser().post('/auth/sign-in', { email: `${'a'.repeat(10_000)}@example.com` })
      expect([refused.status, refused.code]).toEqual([413, 'request.too_large'])
    })

    test('both with an invitation, or neither, or with more, is refused', async () => {
      for (const body of [
        {},
        { email: 'ada@example.com', invitation: 'x' },
        { email: 'ada@example.com', workspace_id: 'x' },
        [],
        null,
        'x',
      ]) {
        expect((await world.openBrowser().post('/auth/sign-in', body)).code).toBe('request.invalid')
      }
    })
  })

  describe('another page', () => {
    const bodies = {
      '/auth/sign-in': { email: 'ada@example.com' },
      '/auth/confirm': { token: 'a'.repeat(43) },
      '/auth/code': { code: '123456' },
      '/auth/choose': { choice: 'a'.repeat(43), workspace_id: 'wsp_01jd3v7t6zf3m8k2x9w4c5b6n7' },
    }
    test.each(Object.entries(bodies))(
      'cannot post to %s: its Origin is not ours, and JSON is asked for',
      async (path, body) => {
        for (const origin of [
          'https://evil.example',
          'null',
          'http://127.0.0.1:4701',
          'http://127.0.0.1:4700.evil.example',
        ]) {
          const refused = await world.openBrowser().post(path, body, { origin })
          expect([origin, refused.status, refused.code, refused.setCookies]).toEqual([
            origin,
            403,
            'sign_in.origin_refused',
            [],
          ])
          expect(refused.headers.get('access-control-allow-origin')).toBeNull()
        }
        const without = await world.api.app.request(path, requestOf('POST', { body }), {})
        expect(without.status).toBe(403)
        const form = await world.openBrowser().post(path, body, { 'content-type': 'text/plain' })
        expect([form.status, form.code]).toEqual([415, 'request.media_type'])
      },
    )

    test('does not end or use what somebody has asked for', async () => {
      const { browser, token } = await askFor(await somebody())
      const foreign = { origin: 'https://evil.example' }
      await browser.post('/auth/confirm', { token }, foreign)
      for (let guess = 0; guess < 6; guess += 1) await browser.post('/auth/code', { code: '000000' }, foreign)
      expect((await browser.post('/auth/confirm', { token })).body).toMatchObject({ status: 'signed_in' })
    })
  })

  test('leave no secret and no address in the log', async () => {
    const email = await somebody()
    const { browser, token } = await askFor(email)
    const [cookie = ''] = browser.cookies.values()
    await browser.post('/auth/confirm', { token }, { origin: 'https://evil.example' })
    await world.openBrowser().post('/auth/confirm', { token })
    await browser.post('/auth/code', { code: otherCode(codeOfLink(token)) })
    await browser.post('/auth/confirm', { token })
    await browser.post('/auth/confirm', { token })
    await world.settle()
    const log = world.api.logged.join('\n')
    expect(log).toContain('sign_in.origin_refused')
    for (const secret of [token, cookie, codeOfLink(token), email]) expect(log).not.toContain(secret)
  })
})

/** What gives the text of every statement that the login of sign-in has sent since it was last asked, in their order. */
function watchStatements({ api }: SignInApi): () => readonly string[] {
  const querySchema = z.object({ text: z.string() })
  const spies = new Map<object, Pick<ReturnType<typeof vi.fn>, 'mock' | 'mockClear'>>()
  api.installation.database.logins.auth.pool.on('acquire', (client) => {
    if (!spies.has(client)) spies.set(client, vi.spyOn(client, 'query'))
  })
  return () => {
    const sent = [...spies.values()].flatMap((spy) => {
      const calls = spy.mock.calls.map(([query]: readonly unknown[], index) => ({
        text: querySchema.safeParse(query).data?.text ?? String(query),
        order: spy.mock.invocationCallOrder[index] ?? 0,
      }))
      spy.mockClear()
      return calls
    })
    return sent.toSorted((one, other) => one.order - other.order).map(({ text }) => text)
  }
}

function numerically(one: number, other: number): number {
  return one - other
}

function choiceOf(body: unknown) {
  const answer = signInAnswerSchema.parse(body)
  if (answer.status !== 'choose') throw new Error('no choice')
  return { choice: answer.choice, workspace_id: answer.workspaces[0]?.id ?? '' }
}
