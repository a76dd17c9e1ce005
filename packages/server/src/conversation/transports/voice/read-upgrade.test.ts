import { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import { encodeId, parseUuid } from '@hyponema/contract'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readUpgrade } from './read-upgrade.ts'

const sessionId = parseUuid('01890a5d-ac96-774b-bcce-b302099a8057')
if (sessionId === undefined) throw new Error('no UUID')
const path = `/v1/sessions/${encodeId('session', sessionId)}/voice`

function request(url: string, protocol?: string): IncomingMessage {
  const message = new IncomingMessage(new Socket())
  message.url = url
  if (protocol !== undefined) message.headers['sec-websocket-protocol'] = protocol
  return message
}

describe('the upgrade of a voice socket', () => {
  test('takes the token from the sub-protocol or from the query', () => {
    const read = { sessionId, token: 'a.b.c' }
    expect(readUpgrade(request(path, 'hyponema.rtvi.v2, hyponema.token.a.b.c'))).toEqual(read)
    expect(readUpgrade(request(`${path}?token=a.b.c`))).toEqual(read)
    expect(readUpgrade(request(`${path}?x=1&token=a.b.c`, 'hyponema.rtvi.v2,hyponema.token.a.b.c'))).toEqual(read)
  })

  test.each([
    ['none', path, undefined],
    ['two different ones', `${path}?token=a`, 'hyponema.token.b'],
    ['two in the query', `${path}?token=a&token=b`, undefined],
    ['two in the protocol', path, 'hyponema.token.a, hyponema.token.b'],
    ['an empty one beside a whole one', `${path}?token=`, 'hyponema.token.b'],
  ])('has no token when there are %s', (_name, url, protocol) => {
    expect(readUpgrade(request(url, protocol))).toEqual({ sessionId, token: undefined })
  })

  test.each([
    '/',
    '/v1/sessions',
    `${path}/`,
    `${path}/x`,
    `/x${path}`,
    `http://h${path}`,
    `//h${path}`,
    `${path}#a`,
    path.toUpperCase(),
    `/v1/sessions/a/b/voice`,
  ])('is not asked for by %s', (url) => {
    expect(readUpgrade(request(url))).toBeUndefined()
  })

  test.each(['ses_1', `${encodeId('session', sessionId)}%20`, encodeId('agent', sessionId), sessionId])(
    'names no session with the id %s',
    (id) => {
      expect(readUpgrade(request(`/v1/sessions/${id}/voice`))?.sessionId).toBeUndefined()
    },
  )

  test('is read from any text without throwing', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (url, protocol) => {
        readUpgrade(request(url, protocol))
        readUpgrade(request(`${path}?${url}`, protocol))
      }),
    )
  })
})
