import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Api, openApi } from '../api/api-harness.ts'

describe('the text of a body', () => {
  let api: Api
  beforeAll(async () => {
    api = await openApi()
  })
  afterAll(() => api.close())

  const createUser = (rawBody: string, contentType = 'application/json') =>
    api.a.call('POST', '/v1/users', { rawBody, headers: { 'content-type': contentType } })

  test.each(['Application/JSON', 'APPLICATION/JSON; charset=utf-8', 'application/Json'])(
    'is judged when the media type is written %s',
    async (contentType) => {
      for (const text of ['a\\u0000b', 'a\\ud800b']) {
        const answer = await createUser(`{"external_id":"${text}"}`, contentType)
        expect([answer.status, answer.pointers()]).toEqual([422, ['/external_id']])
      }
    },
  )

  test('that is no UTF-8 is refused, so that two people never become one', async () => {
    const bytes = Buffer.from('7b2265787465726e616c5f6964223a2261ff62227d', 'hex')
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${api.a.key}` }
    const answer = await api.app.request('/v1/users', { method: 'POST', headers, body: bytes }, {})
    expect(answer.status).toBe(400)
    expect(await answer.json()).toMatchObject({ code: 'request.malformed' })
  })

  test('with a field that copies of objects lose is refused, not shortened in silence', async () => {
    const answer = await createUser('{"external_id":"proto","profile":{"__proto__":"x"}}')
    expect([answer.status, answer.pointers()]).toEqual([422, ['/profile/__proto__']])
  })
})
