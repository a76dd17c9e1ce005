/** Requests of an operator that end after the membership has changed under which they began. */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { type Api, openApi, type TestMember } from './api-harness.ts'
import { requestOf } from './call-api.ts'

describe('a request that ends late', () => {
  let api: Api
  let owner: TestMember
  beforeAll(async () => {
    api = await openApi()
    owner = await api.a.makeMember('owner')
  })
  afterAll(() => api.close())

  const as = async (member: TestMember, method: string, path: string, body?: unknown) =>
    api.a.call(method, path, { credential: await member.token(), ...(body === undefined ? {} : { body }) })

  test('a request whose body arrives after the removal changes nothing', async () => {
    const admin = await api.a.makeMember('admin')
    const text = JSON.stringify({ label: 'left behind', scopes: ['workspace:write'] })
    const body: { send?: () => void } = {}
    const stream = new ReadableStream<Uint8Array>({
      start: (controller) => {
        body.send = () => {
          controller.enqueue(new TextEncoder().encode(text))
          controller.close()
        }
      },
    })
    const { headers = {} } = requestOf('POST', { credential: await admin.token(), rawBody: text })
    const asked = api.app.request('/v1/api-keys', { method: 'POST', headers, body: stream, ...{ duplex: 'half' } }, {})
    // The request has passed its credential and its permission when it waits for its body.
    await vi.waitFor(() => expect(stream.locked).toBe(true), { timeout: 5_000 })
    expect((await as(owner, 'DELETE', `/v1/members/${admin.operator}`)).status).toBe(204)
    body.send?.()
    const answer = await (await asked).json()
    expect(answer).toMatchObject({ status: 401, code: 'member.token_stale' })
  })

  test('who was demoted beside this process makes no key of the role before', async () => {
    const member = await api.a.makeMember('owner')
    const token = await member.token()
    const use = (path: string, body?: unknown) =>
      api.a.call(body === undefined ? 'GET' : 'POST', path, {
        credential: token,
        ...(body === undefined ? {} : { body }),
      })
    expect((await use('/v1/api-keys')).status).toBe(200)
    await api.ask(`update tenant.memberships set role = 'reviewer', version = version + 1 where id = $1`, [member.id])
    const made = await use('/v1/api-keys', { label: 'for good', scopes: ['privacy:write'] })
    expect([made.status, made.body]).toMatchObject([401, { code: 'member.token_stale' }])
  })
})
