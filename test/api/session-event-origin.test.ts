/** Who may read what a session says between its messages, by where the request comes from. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { scriptedDocument } from './agent-documents.ts'
import { type Api, openApi, publicOrigin } from './api-harness.ts'
import { requestOf } from './call-api.ts'
import { createdSession, type MadeSession, publishedAgent } from './made-things.ts'
import { refused, send } from './talk.ts'

describe('the events of a session', () => {
  let api: Api
  beforeAll(async () => {
    api = await openApi()
  })
  afterAll(() => api.close())

  test('a browser reads what is said between messages from our own page, for which it sends no Origin, and from no other', async () => {
    const own = await publishedAgent(api.a, scriptedDocument({ allowed_origins: ['self'] }))
    const foreign = await publishedAgent(api.a, scriptedDocument({ allowed_origins: ['https://shop.example'] }))
    const { host } = new URL(publicOrigin)
    const sessionOf = (agent: typeof own, client: 'browser' | 'native') => createdSession(api.a, agent, { client })
    const session = await sessionOf(own, 'browser')
    const from = (of: MadeSession, headers: Readonly<Record<string, string>>) =>
      Promise.resolve(
        api.app.request(
          `/v1/sessions/${of.id}/events`,
          requestOf('GET', { credential: of.token, headers: { host, ...headers } }),
          {},
        ),
      )
    const isOurs = { 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'cors' }
    for (const headers of [
      {},
      { ...isOurs, 'sec-fetch-site': 'same-site' },
      { ...isOurs, 'sec-fetch-site': 'cross-site' },
      { ...isOurs, 'sec-fetch-site': 'none' },
      { ...isOurs, 'sec-fetch-site': 'Same-Origin' },
      { ...isOurs, 'sec-fetch-mode': 'navigate' },
      { ...isOurs, 'sec-fetch-mode': 'no-cors' },
      { 'sec-fetch-site': 'same-origin' },
      { ...isOurs, host: 'localhost:4700' },
      { ...isOurs, host: '127.0.0.1:4700.evil.example' },
      { ...isOurs, host: '127.0.0.1' },
      { ...isOurs, host: '' },
      { ...isOurs, origin: 'https://evil.example' },
      { ...isOurs, origin: 'null' },
    ]) {
      expect([headers, await refused(await from(session, headers))]).toEqual([
        headers,
        { status: 403, code: 'session.origin_refused' },
      ])
    }
    expect((await refused(await from(await sessionOf(foreign, 'browser'), isOurs))).status).toBe(403)
    expect((await refused(await from(await sessionOf(own, 'native'), isOurs))).status).toBe(403)
    // With a message the browser names the origin, so nothing else does.
    expect((await refused(await send(api, session, 'hi', { host, ...isOurs }))).status).toBe(403)
    const answer = await from(session, isOurs)
    expect(answer.status).toBe(200)
    await answer.body?.cancel()
  })
})
