import { createServer } from 'node:http'
import { createServer as createTcpServer } from 'node:net'
import type { Uuid } from '@hyponema/contract'
import { afterEach, describe, expect, it } from 'vitest'
import {
  closeLoopback,
  listen,
  openDoor,
  otherWorkspaceId,
  secretHeader,
  serve,
  workspaceId,
} from './test-harness/loopback.ts'

afterEach(closeLoopback)

describe('the connection', () => {
  it('goes to the address that was checked, though the name moves in between', async () => {
    const hits: string[] = []
    const port = await listen(createServer((request, response) => response.end(String(request.headers.host))))
    await listen(
      createTcpServer(() => hits.push('inside')),
      '127.0.0.2',
      port,
    )
    let questions = 0
    const door = openDoor([`http://models.inside:${port}`], {
      resolver: async () => {
        questions += 1
        return [questions === 1 ? '127.0.0.1' : '127.0.0.2']
      },
    })
    const answer = await door.fetch({ url: `http://models.inside:${port}/` }, { workspaceId, onlyHosts: null })
    expect(await answer.text()).toBe(`models.inside:${port}`)
    expect([questions, hits]).toStrictEqual([1, []])
  })

  it('tries the next checked address when nothing was sent, and does not when something was', async () => {
    const port = await listen(createServer((_request, response) => response.end('second')))
    const door = openDoor([`http://models.inside:${port}`], {
      resolver: async () => ['127.0.0.2', '127.0.0.1'],
      connectTimeoutMs: 500,
    })
    expect(
      await (await door.fetch({ url: `http://models.inside:${port}/` }, { workspaceId, onlyHosts: null })).text(),
    ).toBe('second')

    await listen(
      createTcpServer((socket) => socket.once('data', () => socket.destroy())),
      '127.0.0.2',
      port,
    )
    const fresh = openDoor([`http://models.inside:${port}`], { resolver: async () => ['127.0.0.2', '127.0.0.1'] })
    await expect(
      fresh.fetch(
        { url: `http://models.inside:${port}/`, method: 'POST', body: 'pay' },
        { workspaceId, onlyHosts: null },
      ),
    ).rejects.toMatchObject({
      code: 'outbound.failed',
    })
  })

  it.each([
    ['the name', 'models.inside', true],
    ['nothing for an address', '127.0.0.1', false],
  ])('announces %s in its TLS greeting', async (_what, host, named) => {
    const greeting = Promise.withResolvers<Buffer>()
    const port = await listen(
      createTcpServer((socket) => {
        socket.once('data', (bytes: Buffer) => {
          greeting.resolve(bytes)
          socket.destroy()
        })
      }),
    )
    const door = openDoor([`https://${host}:${port}`], { resolver: async () => ['127.0.0.1'] })
    await expect(
      door.fetch({ url: `https://${host}:${port}/` }, { workspaceId, onlyHosts: null, secretHeader }),
    ).rejects.toMatchObject({
      code: 'outbound.failed',
    })
    expect((await greeting.promise).includes(host)).toBe(named)
  })

  it('gives up on a server that never finishes the TLS greeting', async () => {
    const port = await listen(createTcpServer(() => undefined))
    const door = openDoor([`https://127.0.0.1:${port}`], { connectTimeoutMs: 60 })
    await expect(
      door.fetch({ url: `https://127.0.0.1:${port}/` }, { workspaceId, onlyHosts: null }),
    ).rejects.toMatchObject({
      code: 'outbound.failed',
    })
  })

  it('is kept for the same workspace and never shared with another', async () => {
    const ports: (number | undefined)[] = []
    const { door, url } = await serve((request, response) => {
      ports.push(request.socket.remotePort)
      response.end('ok')
    })
    for (const workspace of [workspaceId, workspaceId, otherWorkspaceId, workspaceId]) {
      await (await door.fetch({ url }, { workspaceId: workspace, onlyHosts: null })).text()
      // The connection is free again a moment after its answer has been read.
      await new Promise(setImmediate)
    }
    expect([ports[0] === ports[1], ports[0] === ports[2], ports[0] === ports[3]]).toStrictEqual([true, false, true])
  })

  it('is refused after the budget of the workspace for that host, and not to others', async () => {
    let nowMs = 0
    const { door, url } = await serve((_request, response) => response.end('ok'), {
      clock: { nowMs: () => nowMs },
      budget: { burst: 2, perSecond: 1, atOnce: 10 },
    })
    const call = async (workspace: Uuid) =>
      (await door.fetch({ url }, { workspaceId: workspace, onlyHosts: null })).text()
    await call(workspaceId)
    await call(workspaceId)
    await expect(call(workspaceId)).rejects.toMatchObject({ code: 'outbound.budget_exceeded', retryAfterSeconds: 1 })
    await expect(call(otherWorkspaceId)).resolves.toBe('ok')
    nowMs = 1000
    await expect(call(workspaceId)).resolves.toBe('ok')
  })

  it('counts against the budget until the answer has been read, dropped or has failed', async () => {
    const { door, url } = await serve(
      (request, response) => {
        if (request.url?.endsWith('never') !== true) response.write('x')
        if (request.url?.endsWith('short') === true) response.end()
      },
      { budget: { burst: 100, perSecond: 1, atOnce: 1 } },
    )
    const open = await door.fetch({ url }, { workspaceId, onlyHosts: null })
    await expect(door.fetch({ url }, { workspaceId, onlyHosts: null })).rejects.toMatchObject({
      code: 'outbound.budget_exceeded',
    })
    await open.body?.cancel()
    await expect(
      door.fetch({ url: `${url}/never` }, { workspaceId, onlyHosts: null, limits: { firstByteMs: 50 } }),
    ).rejects.toMatchObject({
      code: 'outbound.timeout',
    })
    for (let turn = 0; turn < 3; turn += 1) {
      expect(await (await door.fetch({ url: `${url}/short` }, { workspaceId, onlyHosts: null })).text()).toBe('x')
    }
  })

  it('without a key goes only where an installation entry leads', async () => {
    const { door, url } = await serve((_request, response) => response.end('local'))
    const use = { workspaceId, onlyHosts: null, installationEntryOnly: true }
    expect(await (await door.fetch({ url }, use)).text()).toBe('local')
    await expect(door.fetch({ url: 'https://93.184.215.14/' }, use)).rejects.toMatchObject({
      code: 'outbound.address_refused',
    })
  })
})
