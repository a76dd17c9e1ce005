import { createServer } from 'node:http'
import { afterEach, describe, expect, it } from 'vitest'
import { parseAllowEntry } from './allow-entry.ts'
import { type CheckedTarget, checkTarget } from './check-target.ts'
import { ConnectionPools } from './connection-pools.ts'
import { atEnd, closeLoopback, listen } from './test-harness/loopback.ts'

afterEach(closeLoopback)

async function checked(url: string): Promise<CheckedTarget> {
  const verdict = await checkTarget(url, {
    allow: [parseAllowEntry(new URL(url).origin)],
    ownNames: [],
    ownAddresses: [],
    resolver: async () => ['127.0.0.1'],
    onlyHosts: null,
    resolveTimeoutMs: 1000,
  })
  if (!verdict.allowed) throw new Error(verdict.reason)
  return verdict.target
}

describe('connection pools', () => {
  it('are bounded, and the one not used for longest closes its connection when it is idle', async () => {
    const closed = Promise.withResolvers<void>()
    const server = createServer((_request, response) => response.end('ok'))
    server.once('connection', (socket) => socket.once('close', closed.resolve))
    const port = await listen(server)
    const pools = new ConnectionPools({
      connectTimeoutMs: 1000,
      connectionsPerPool: 1,
      maxPools: 2,
      certificateAuthorities: undefined,
      proxy: undefined,
    })
    atEnd(() => pools.close())
    for (const host of ['a.inside', 'b.inside', 'c.inside']) {
      const target = await checked(`http://${host}:${port}/`)
      const answer = await pools.poolFor('workspace', target, target.addresses[0]).request({ path: '/', method: 'GET' })
      await answer.body.text()
    }
    await closed.promise
    expect(pools.size).toBe(2)
  })

  it('finish a request that is on its way when their pool is given up', async () => {
    const waiting = Promise.withResolvers<() => void>()
    const port = await listen(
      createServer((request, response) =>
        request.url === '/slow' ? waiting.resolve(() => response.end('late')) : response.end('ok'),
      ),
    )
    const pools = new ConnectionPools({
      connectTimeoutMs: 1000,
      connectionsPerPool: 1,
      maxPools: 1,
      certificateAuthorities: undefined,
      proxy: undefined,
    })
    atEnd(() => pools.close())
    const [first, second] = [await checked(`http://a.inside:${port}/`), await checked(`http://b.inside:${port}/`)]
    const slow = pools.poolFor('workspace', first, first.addresses[0]).request({ path: '/slow', method: 'GET' })
    const finish = await waiting.promise
    await (
      await pools.poolFor('workspace', second, second.addresses[0]).request({ path: '/', method: 'GET' })
    ).body.text()
    finish()
    expect(await (await slow).body.text()).toBe('late')
  })
})
