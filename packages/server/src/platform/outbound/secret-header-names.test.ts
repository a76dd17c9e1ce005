import { afterEach, describe, expect, test } from 'vitest'
import { closeLoopback, secretHeader, serve, workspaceId } from './test-harness/loopback.ts'

afterEach(closeLoopback)

describe('a key', () => {
  test.each([
    'Host',
    'content-length',
    'Transfer-Encoding',
    'connection',
    'upgrade',
    'proxy-authorization',
    'sec-fetch',
  ])('is not sent in %s, which frames the request or says where it goes', async (name) => {
    const came: unknown[] = []
    const { door, url } = await serve((request, response) => {
      came.push(request.headers)
      response.end('ok')
    })
    const sent = door.fetch({ url }, { workspaceId, onlyHosts: null, secretHeader: { ...secretHeader, name } })
    await expect(sent).rejects.toMatchObject({ code: 'credential.rejected' })
    expect(came).toEqual([])
  })

  test('is sent in a header of its own, whatever letters that is named in', async () => {
    const came: unknown[] = []
    const { door, url } = await serve((request, response) => {
      came.push(request.headers['x-api-key'])
      response.end('ok')
    })
    const named = { ...secretHeader, name: 'X-API-Key', prefix: '' }
    const answer = await door.fetch({ url }, { workspaceId, onlyHosts: null, secretHeader: named })
    expect([answer.status, came]).toEqual([200, ['sk-live-0123456789abcdef']])
  })
})
