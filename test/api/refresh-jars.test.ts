/** A browser with many sign-ins, some of which have ended. */
import { encodeId, refreshedSessionSchema } from '@hyponema/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Api, openApi } from './api-harness.ts'
import { cookieOf, refresh, signIn } from './sign-in-browser.ts'

describe('the cookies of a browser', () => {
  let api: Api
  beforeAll(async () => {
    api = await openApi()
  })
  afterAll(() => api.close())

  test('of seventeen sign-ins in one browser the newest is the one that is refreshed', async () => {
    const member = await api.a.makeMember('builder')
    const opened = []
    for (let index = 0; index < 17; index += 1) opened.push(await signIn(api, { workspaceId: api.a.id, member }))
    const newest = opened.at(-1)
    if (newest === undefined) throw new Error('expected sign-ins')
    // Browsers send cookies of one path in the order in which they were made, the oldest first (RFC 6265 section 5.4).
    const jar = opened.map(cookieOf).join('; ')
    const family = encodeId('refreshFamily', newest.familyId)
    const named = await refresh(api, jar, { body: { family } })
    expect(named.answer.status).toBe(200)
    const again = jar.replace(cookieOf(newest), named.cookie ?? '')
    expect(refreshedSessionSchema.safeParse((await refresh(api, again)).answer.body).data?.family).toBe(family)
  })

  test('signing out ends the sign-in that goes on, also where the cookie of an ended one is newer', async () => {
    const member = await api.a.makeMember('builder')
    const [goesOn, ended] = [
      await signIn(api, { workspaceId: api.a.id, member }),
      await signIn(api, { workspaceId: api.a.id, member }),
    ]
    await refresh(api, cookieOf(ended), { path: '/auth/refresh/sign-out' })
    const jar = `${cookieOf(goesOn)}; ${cookieOf(ended)}`
    expect((await refresh(api, jar, { path: '/auth/refresh/sign-out' })).answer.status).toBe(204)
    expect((await refresh(api, cookieOf(goesOn))).answer.status).toBe(401)
  })
})
