/** Whatever a stranger sends to the doors of identity is refused, and is never a failure of ours. */
import { encodeId } from '@hyponema/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Api, newId, openApi } from './api-harness.ts'
import { createCaller } from './call-api.ts'
import { fromOwnPage } from './sign-in-browser.ts'

describe('the doors of identity', () => {
  let api: Api
  beforeAll(async () => {
    api = await openApi()
  })
  afterAll(() => api.close())

  test('nothing that a stranger sends to the doors of identity is our own failure', async () => {
    const call = createCaller(api.app)
    const bodies = [
      '{}',
      '[]',
      'null',
      '1',
      '"x"',
      '{"email":["a@b.co"]}',
      '{"token":1}',
      '{"code":"１２３４５６"}',
      '{"family":null}',
      '{"__proto__":{}}',
      `{"a":${'['.repeat(60)}${']'.repeat(60)}}`,
      '{"email":"a@b.co","email":"c@d.co"}',
      '{"choice":"' + 'A'.repeat(43) + '","workspace_id":"' + encodeId('workspace', newId()) + '"}',
      '{"token":"' + 'A'.repeat(43) + '"}',
      '{"code":"000000"}',
      '{"invitation":"hyi_x"}',
    ]
    const cookies = [
      '',
      '=',
      ';;;',
      '__Host-hyponema-sign-in=%E0%A4%A',
      `__Host-hyponema-sign-in=${'A'.repeat(43)}`,
      `__Secure-refresh-fam_${'7'.repeat(26)}=hyr_x`,
      '__Secure-refresh-=',
      'a'.repeat(9000),
      '__Secure-refresh-constructor=x',
      `__Host-hyponema-sign-in="${'A'.repeat(43)}"`,
    ]
    const seen: string[] = []
    for (const path of [
      '/auth/sign-in',
      '/auth/confirm',
      '/auth/code',
      '/auth/choose',
      '/auth/refresh',
      '/auth/refresh/sign-out',
      '/auth/link',
      '/sign-in',
      '/members',
      '/auth/',
      '/auth/%00',
      '/auth/%E0%A4%A',
      '/v1/members/%00',
      '/v1/invitations/%E0%A4%A',
    ])
      for (const method of ['POST', 'GET', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'])
        for (const [index, rawBody] of (method === 'POST' ? bodies : ['']).entries())
          for (const cookie of index === 0 ? cookies : [`__Host-hyponema-sign-in=${'A'.repeat(43)}`]) {
            const answer = await call(method, path, {
              ...(method === 'GET' || rawBody === '' ? {} : { rawBody }),
              headers: { ...fromOwnPage, cookie, 'user-agent': '\u0001\u00ff', authorization: 'Bearer eyJ.e30.A' },
            })
            if (answer.status >= 500) seen.push(`${method} ${path} ${rawBody} ${cookie}: ${answer.text}`)
          }
    expect(seen).toEqual([])
  }, 120_000)
})
