import { createServer, type IncomingMessage } from 'node:http'
import { createServer as createTcpServer, type Socket } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import type { LentSecret } from './lend-secret.ts'
import { closeLoopback, key, listen, secretHeader, serve, serveRaw, workspaceId } from './test-harness/loopback.ts'

afterEach(closeLoopback)

async function readAll(request: IncomingMessage): Promise<string> {
  const chunks: string[] = []
  for await (const chunk of request) chunks.push(String(chunk))
  return chunks.join('')
}

describe('a request through the door', () => {
  it('carries method, path, body and the secret header, and nothing that the caller may not set', async () => {
    const seen: {
      method: string | undefined
      url: string | undefined
      headers: IncomingMessage['headers']
      body: string
    }[] = []
    const { door, url, port } = await serve(async (request, response) => {
      seen.push({ method: request.method, url: request.url, headers: request.headers, body: await readAll(request) })
      response.end('ok')
    })
    const answer = await door.fetch(
      {
        url: `${url}/chat?a=b#fragment`,
        method: 'POST',
        body: '{"x":1}',
        headers: {
          'content-type': 'application/json',
          authorization: 'Bearer sealed',
          cookie: 'a=b',
          host: 'inside',
          'proxy-authorization': 'x',
          'user-agent': 'library/1',
          'accept-encoding': 'gzip',
          'x-title': 'kept',
        },
      },
      { workspaceId, onlyHosts: null, secretHeader },
    )
    expect(await answer.text()).toBe('ok')
    expect(seen).toStrictEqual([
      {
        method: 'POST',
        url: '/v1/chat?a=b',
        body: '{"x":1}',
        headers: {
          host: `127.0.0.1:${port}`,
          connection: 'keep-alive',
          'content-length': '7',
          'content-type': 'application/json',
          'accept-encoding': 'identity',
          'user-agent': 'hyponema',
          'x-title': 'kept',
          authorization: `Bearer ${key}`,
        },
      },
    ])
  })

  it('sends no authorization at all when there is no secret, placeholder included', async () => {
    const { door, url } = await serve((request, response) => response.end(JSON.stringify(request.headers)))
    const answer = await door.fetch(
      { url, headers: { authorization: 'Bearer sealed' } },
      { workspaceId, onlyHosts: null },
    )
    expect(await answer.text()).not.toContain('sealed')
  })

  it('sends nothing when the secret cannot be lent or cannot stand in a header', async () => {
    let hits = 0
    const { door, url } = await serve((_request, response) => {
      hits += 1
      response.end()
    })
    const wiped: LentSecret = {
      unseal: async () => undefined,
      use: () => {
        throw new Error('wiped')
      },
    }
    const broken: LentSecret = {
      unseal: async () => undefined,
      use: (work) => work(Buffer.from('key\r\nhost: inside')),
    }
    await expect(
      door.fetch({ url }, { workspaceId, onlyHosts: null, secretHeader: { ...secretHeader, secret: wiped } }),
    ).rejects.toThrow('wiped')
    await expect(
      door.fetch({ url }, { workspaceId, onlyHosts: null, secretHeader: { ...secretHeader, secret: broken } }),
    ).rejects.toMatchObject({
      code: 'credential.rejected',
    })
    expect(hits).toBe(0)
  })

  it('refuses header injection and a body above the cap before it connects', async () => {
    let hits = 0
    const { door, url } = await serve((_request, response) => {
      hits += 1
      response.end()
    })
    await expect(
      door.fetch({ url, headers: { 'x-a': 'b\r\nc: d' } }, { workspaceId, onlyHosts: null }),
    ).rejects.toBeInstanceOf(Error)
    await expect(
      door.fetch(
        { url, method: 'POST', body: 'x'.repeat(101) },
        { workspaceId, onlyHosts: null, limits: { maxRequestBytes: 100 } },
      ),
    ).rejects.toMatchObject({ code: 'outbound.failed' })
    expect(hits).toBe(0)
  })

  it('uses no proxy of the environment', async () => {
    let proxied = 0
    const proxyPort = await listen(
      createTcpServer((socket) => {
        proxied += 1
        socket.destroy()
      }),
    )
    const names = [
      'HTTP_PROXY',
      'http_proxy',
      'HTTPS_PROXY',
      'https_proxy',
      'ALL_PROXY',
      'all_proxy',
      'NODE_USE_ENV_PROXY',
    ] as const
    for (const name of names) vi.stubEnv(name, name === 'NODE_USE_ENV_PROXY' ? '1' : `http://127.0.0.1:${proxyPort}`)
    onTestFinished(() => {
      vi.unstubAllEnvs()
    })
    const { door, url } = await serve((_request, response) => response.end('direct'))
    expect(await (await door.fetch({ url }, { workspaceId, onlyHosts: null })).text()).toBe('direct')
    expect(proxied).toBe(0)
  })
})

describe('an answer through the door', () => {
  it.each([301, 302, 303, 307, 308])('is not followed when it redirects with %i', async (status) => {
    let inside = 0
    const insidePort = await listen(
      createServer((_request, response) => {
        inside += 1
        response.end('secret')
      }),
    )
    const { door, url } = await serve((_request, response) => {
      response.writeHead(status, { location: `http://127.0.0.1:${insidePort}/` }).end()
    })
    const answer = await door.fetch({ url }, { workspaceId, onlyHosts: null, secretHeader })
    expect([answer.status, answer.headers.get('location'), inside]).toStrictEqual([status, null, 0])
  })

  it('keeps cookies and unknown headers outside and cuts long ones', async () => {
    const cookies: (string | undefined)[] = []
    const { door, url } = await serve((request, response) => {
      cookies.push(request.headers.cookie)
      response.setHeader('set-cookie', ['a=b', 'c=d'])
      response
        .writeHead(200, {
          'x-internal': 'x',
          'x-request-id': 'r'.repeat(5000),
          'retry-after': '7',
          'x-ratelimit-limit': '3',
        })
        .end()
    })
    const answer = await door.fetch({ url }, { workspaceId, onlyHosts: null })
    await door.fetch({ url }, { workspaceId, onlyHosts: null })
    expect(cookies).toStrictEqual([undefined, undefined])
    expect([...answer.headers.keys()].toSorted()).toStrictEqual([
      'date',
      'retry-after',
      'x-ratelimit-limit',
      'x-request-id',
    ])
    expect(answer.headers.get('x-request-id')).toHaveLength(1024)
  })

  it('is refused when it is declared too large, and cut when it becomes too large', async () => {
    const { door, url } = await serve((request, response) => {
      if (request.url?.endsWith('declared') === true)
        response.writeHead(200, { 'content-length': '1001' }).end('x'.repeat(1001))
      else if (request.url?.endsWith('exact') === true) response.end('x'.repeat(1000))
      else writeForever(response)
    })
    const use = { workspaceId, onlyHosts: null, limits: { maxResponseBytes: 1000 } }
    expect(await (await door.fetch({ url: `${url}/exact` }, use)).text()).toHaveLength(1000)
    await expect(door.fetch({ url: `${url}/declared` }, use)).rejects.toMatchObject({ code: 'outbound.too_large' })
    const endless = await door.fetch({ url: `${url}/endless` }, use)
    await expect(endless.text()).rejects.toMatchObject({ code: 'outbound.too_large' })
  })

  it('is refused when it is compressed, whatever it would unpack to', async () => {
    const bomb = gzipSync(Buffer.alloc(10_000_000))
    const { door, url } = await serve((_request, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb),
    )
    await expect(door.fetch({ url }, { workspaceId, onlyHosts: null })).rejects.toMatchObject({
      code: 'outbound.failed',
    })
  })

  it.each([
    ['that never begins', 'outbound.timeout', () => undefined],
    ['that is no HTTP', 'outbound.failed', (socket: Socket) => socket.end('SSH-2.0-OpenSSH_9.9\r\n')],
    [
      'with a status that does not exist',
      'outbound.failed',
      (socket: Socket) => socket.end('HTTP/1.1 999 X\r\ncontent-length: 0\r\n\r\n'),
    ],
    [
      'with endless headers',
      'outbound.failed',
      (socket: Socket) => socket.write(`HTTP/1.1 200 OK\r\nx: ${'y'.repeat(20_000)}`),
    ],
    ['that is cut at once', 'outbound.failed', (socket: Socket) => socket.destroy()],
    [
      'with two lengths',
      'outbound.failed',
      (socket: Socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab'),
    ],
  ] as const)('%s fails as %s', async (_name, code, answer: (socket: Socket) => unknown) => {
    const { door, url } = await serveRaw((socket) => {
      socket.once('data', () => answer(socket))
    })
    const failure: unknown = await door
      .fetch({ url }, { workspaceId, onlyHosts: null, secretHeader, limits: { firstByteMs: 80 } })
      .catch((error: unknown) => error)
    expect(failure).toMatchObject({ code })
    expect(String(failure) + JSON.stringify(failure)).not.toContain(key)
  })

  it('fails when it drips beyond the total deadline, and when it is cut in the middle', async () => {
    const { door, url } = await serveRaw((socket) => {
      socket.once('data', (request: Buffer) => {
        socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n')
        if (request.includes('/cut')) socket.destroySoon()
      })
    })
    const dripping = await door.fetch({ url }, { workspaceId, onlyHosts: null, limits: { totalMs: 80 } })
    await expect(dripping.text()).rejects.toMatchObject({ code: 'outbound.timeout' })
    const cut = await door.fetch({ url: `${url}/cut` }, { workspaceId, onlyHosts: null })
    await expect(cut.text()).rejects.toMatchObject({ code: 'outbound.failed' })
  })

  it('streams server-sent events as they come and cuts the connection on abort', async () => {
    const closed = Promise.withResolvers<void>()
    const { door, url } = await serve((request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\n\n')
      request.socket.once('close', closed.resolve)
    })
    const controller = new AbortController()
    const answer = await door.fetch({ url, signal: controller.signal }, { workspaceId, onlyHosts: null })
    const reader = answer.body?.getReader()
    expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toBe('data: 1\n\n')
    const reason = new Error('barge-in')
    controller.abort(reason)
    await expect(reader?.read()).rejects.toBe(reason)
    await closed.promise
  })

  it('cuts the connection when the reader cancels', async () => {
    const closed = Promise.withResolvers<boolean>()
    const { door, url } = await serve((request, response) => {
      response.write('x')
      request.socket.once('close', closed.resolve)
    })
    const answer = await door.fetch({ url }, { workspaceId, onlyHosts: null })
    await answer.body?.cancel()
    await expect(closed.promise).resolves.toBeDefined()
  })

  it('throws the reason of a signal that was aborted before', async () => {
    const { door, url } = await serve((_request, response) => response.end())
    const reason = new Error('already over')
    await expect(door.fetch({ url, signal: AbortSignal.abort(reason) }, { workspaceId, onlyHosts: null })).rejects.toBe(
      reason,
    )
  })
})

function writeForever(response: { write: (text: string, done: (error?: Error | null) => void) => unknown }): void {
  response.write('x'.repeat(400), (error) => {
    if (error === null || error === undefined) setImmediate(writeForever, response)
  })
}
