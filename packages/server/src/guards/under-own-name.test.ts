import { Hono } from 'hono'
import { describe, expect, it } from 'vitest'
import type { ApiEnv } from '../kernel/request-context.ts'
import { underOwnName } from './under-own-name.ts'

const open = async (publicOrigin: string, host: string, path = '/talk/agt_1') => {
  const app = new Hono<ApiEnv>()
  app.get('/talk/:agentId', underOwnName(publicOrigin), (context) => context.text('served'))
  const answer = await app.request(`http://${host}${path}`, { headers: { host } })
  return [answer.status, answer.headers.get('location')]
}

describe('a page that is opened under another name', () => {
  it.each(['localhost:4700', '[::1]:4700', '127.0.0.2:4700', '127.0.0.1:4701'])(
    'of this machine, %s, is sent to its own',
    async (host) => {
      expect(await open('http://127.0.0.1:4700', host)).toEqual([307, 'http://127.0.0.1:4700/talk/agt_1'])
    },
  )

  it('is served under its own name', async () => {
    expect(await open('http://127.0.0.1:4700', '127.0.0.1:4700')).toEqual([200, null])
  })

  it.each([
    ['https://agents.example.com', 'inner.example.com'],
    ['https://agents.example.com', 'localhost:4700'],
    ['http://127.0.0.1:4700', 'localhost.evil.example:4700'],
  ])('is served where it was asked for, because a proxy may have named it: %s by %s', async (origin, host) => {
    expect(await open(origin, host)).toEqual([200, null])
  })

  it('is sent to our own origin whatever its path says', async () => {
    expect(await open('http://127.0.0.1:4700', 'localhost:4700', '/talk/%2F%2Fevil.example')).toEqual([
      307,
      'http://127.0.0.1:4700/talk/%2F%2Fevil.example',
    ])
  })
})
