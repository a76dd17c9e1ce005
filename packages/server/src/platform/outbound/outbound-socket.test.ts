import type { IncomingMessage } from 'node:http'
import { createServer as createTcpServer } from 'node:net'
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import type { LentSecret } from './lend-secret.ts'
import { OutboundSocketRefused } from './outbound-socket-refused.ts'
import { closeLoopback, key, listen, openDoor, workspaceId } from './test-harness/loopback.ts'
import { openSocket, serve, serveHttp, serveRaw, serveSecure, upgradeAnswer } from './test-harness/loopback-sockets.ts'

afterEach(closeLoopback)

describe('a socket through the door', () => {
  it('carries path, protocol, the secret header and nothing that the caller may not set', async () => {
    const seen: IncomingMessage[] = []
    const { door, url, port } = await serve((_socket, request) => seen.push(request), {}, ['chat'])
    const { socket } = await openSocket(door, {
      url: `${url}?a=b#fragment`,
      protocols: ['chat'],
      headers: {
        authorization: 'Bearer sealed',
        cookie: 'a=b',
        host: 'inside',
        'user-agent': 'library/1',
        'x-title': 'kept',
      },
    })
    socket.close()
    expect(seen[0]?.url).toBe('/v1?a=b')
    expect(seen[0]?.headers).toStrictEqual({
      host: `127.0.0.1:${port}`,
      connection: 'Upgrade',
      upgrade: 'websocket',
      'accept-encoding': 'identity',
      'user-agent': 'hyponema',
      'x-title': 'kept',
      authorization: `Bearer ${key}`,
      'sec-websocket-version': '13',
      'sec-websocket-protocol': 'chat',
      'sec-websocket-key': seen[0]?.headers['sec-websocket-key'],
    })
  })

  it('brings text and bytes both ways, the first of them after it was opened', async () => {
    const { door, url } = await serve((socket) => {
      socket.send('hello')
      socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }))
    })
    const { socket, messages, opened } = await openSocket(door, { url })
    expect(opened).toStrictEqual([])
    socket.send('Grüße')
    socket.send(new Uint8Array([1, 2, 3]))
    await expect.poll(() => messages.length).toBe(3)
    expect(messages.slice(0, 2)).toStrictEqual(['hello', 'Grüße'])
    expect(Buffer.from(messages[2] ?? '')).toStrictEqual(Buffer.from([1, 2, 3]))
  })

  it('goes to the address that was checked, though the name moves in between', async () => {
    const hits: string[] = []
    const { port } = await serve((socket, request) => socket.send(String(request.headers.host)))
    await listen(
      createTcpServer(() => hits.push('inside')),
      '127.0.0.2',
      port,
    )
    let questions = 0
    const door = openDoor([`ws://speech.inside:${port}`], {
      resolver: async () => {
        questions += 1
        return [questions === 1 ? '127.0.0.1' : '127.0.0.2']
      },
    })
    const { messages } = await openSocket(door, { url: `ws://speech.inside:${port}/` })
    await expect.poll(() => messages).toStrictEqual([`speech.inside:${port}`])
    expect([questions, hits]).toStrictEqual([1, []])
  })

  it('tries the next checked address when the first does not answer', async () => {
    const { port } = await serve(() => undefined)
    const door = openDoor([`ws://speech.inside:${port}`], {
      resolver: async () => ['127.0.0.3', '127.0.0.1'],
      connectTimeoutMs: 500,
    })
    await expect(openSocket(door, { url: `ws://speech.inside:${port}/` })).resolves.toBeDefined()
  })

  it('knows nothing of the proxies of the environment', async () => {
    for (const name of ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'http_proxy']) vi.stubEnv(name, 'http://127.0.0.1:1')
    vi.stubEnv('NODE_USE_ENV_PROXY', '1')
    onTestFinished(() => {
      vi.unstubAllEnvs()
    })
    const { door, url } = await serve(() => undefined)
    await expect(openSocket(door, { url })).resolves.toBeDefined()
  })

  it('asks for no compression and refuses one', async () => {
    const { door, url } = await serveRaw((socket, request) => {
      expect(request.toLowerCase()).not.toContain('sec-websocket-extensions')
      socket.write(upgradeAnswer(request, 'sec-websocket-extensions: permessage-deflate'))
    })
    await expect(openSocket(door, { url })).rejects.toMatchObject({ code: 'outbound.failed' })
  })

  it.each([
    ['a key that was not ours', 'sec-websocket-accept: bm90IG91cnM='],
    ['a protocol that nobody asked for', 'sec-websocket-protocol: other'],
  ])('refuses an answer with %s', async (_what, header) => {
    const { door, url } = await serveRaw((socket, request) => socket.write(upgradeAnswer(request, header)))
    await expect(openSocket(door, { url })).rejects.toMatchObject({ code: 'outbound.failed' })
  })

  it.each([301, 302, 307, 308])('does not follow a redirect with %i', async (status) => {
    let visits = 0
    const elsewhere = await serve(() => {
      visits += 1
    })
    const { door, url } = await serveHttp(status, { location: elsewhere.url }, '')
    await expect(openSocket(door, { url })).rejects.toMatchObject({ httpStatus: status, code: 'outbound.failed' })
    expect(visits).toBe(0)
  })

  it('tells the status of a refused upgrade, and the words only to those who ask', async () => {
    const { door, url } = await serveHttp(401, { 'retry-after': '9' }, `Invalid key ${key} ${'x'.repeat(5000)}`)
    const refusal: unknown = await openSocket(door, { url }).catch((error: unknown) => error)
    if (!(refusal instanceof OutboundSocketRefused)) throw new Error('not refused')
    expect(refusal).toMatchObject({ httpStatus: 401, retryAfterSeconds: 9, code: 'outbound.failed' })
    expect(refusal.readUntrustedWords()).toContain(key)
    expect(refusal.readUntrustedWords()).toHaveLength(2048)
    for (const text of [String(refusal), refusal.stack, JSON.stringify(refusal), String(refusal.cause)]) {
      expect(text).not.toContain(key)
    }
  })

  it('does not wait for the words of a refusal that do not end', async () => {
    const { door, url } = await serveRaw((socket) =>
      socket.write('HTTP/1.1 503 Busy\r\ncontent-length: 9999\r\n\r\nbusy'),
    )
    await expect(openSocket(door, { url })).rejects.toMatchObject({ httpStatus: 503 })
  })

  it('sends nothing when the secret cannot be lent or cannot stand in a header', async () => {
    let visits = 0
    const { door, url, connections } = await serve(() => {
      visits += 1
    })
    const wiped: LentSecret = {
      unseal: async () => undefined,
      use: () => {
        throw new Error('wiped')
      },
    }
    const broken: LentSecret = { unseal: async () => undefined, use: (work) => work(Buffer.from('two\r\nlines')) }
    for (const secret of [wiped, broken]) {
      const use = { workspaceId, onlyHosts: null, secretHeader: { name: 'authorization', prefix: '', secret } }
      await expect(
        door.openSocket({ url, onMessage: () => undefined, onClose: () => undefined }, use),
      ).rejects.toBeInstanceOf(Error)
    }
    expect(visits).toBe(0)
    await expect.poll(connections).toBe(0)
  })

  it('without a key goes only where an installation entry leads', async () => {
    const { door, url } = await serve(() => undefined)
    const use = { workspaceId, onlyHosts: null, installationEntryOnly: true }
    const events = { onMessage: () => undefined, onClose: () => undefined }
    await expect(door.openSocket({ url, ...events }, use)).resolves.toBeDefined()
    await expect(door.openSocket({ url: 'wss://93.184.215.14/', ...events }, use)).rejects.toMatchObject({
      code: 'outbound.address_refused',
    })
  })
})

describe('a certificate for a socket', () => {
  it('of the name that was asked for lets it pass, with that name as Host', async () => {
    const { port, certificate } = await serveSecure('speech.inside')
    const door = openDoor([`wss://speech.inside:${port}`], {
      resolver: async () => ['127.0.0.1'],
      certificateAuthorities: [certificate],
    })
    const { messages } = await openSocket(door, { url: `wss://speech.inside:${port}/` })
    await expect.poll(() => messages).toStrictEqual([`speech.inside:${port} Bearer ${key}`])
  })

  it('of another name, or signed by nobody, stops it before the key is sent', async () => {
    const { port, certificate, visits } = await serveSecure('other.inside')
    for (const authorities of [{ certificateAuthorities: [certificate] }, {}]) {
      const door = openDoor([`wss://speech.inside:${port}`], { resolver: async () => ['127.0.0.1'], ...authorities })
      await expect(openSocket(door, { url: `wss://speech.inside:${port}/` })).rejects.toMatchObject({
        code: 'outbound.failed',
      })
    }
    expect(visits()).toBe(0)
  })
})

describe('the end of a socket', () => {
  it('is told once, with code and reason of the other side', async () => {
    const { door, url } = await serve((socket) => socket.close(4001, 'enough'))
    const { end, ends } = await openSocket(door, { url })
    expect(await end).toStrictEqual({ code: 4001, untrustedReason: 'enough', error: undefined })
    expect(ends).toHaveLength(1)
  })

  it('is told as 1006 when the connection is gone without a word', async () => {
    const { door, url } = await serve((socket) => socket.terminate())
    const { end } = await openSocket(door, { url })
    expect(await end).toMatchObject({ code: 1006, error: undefined })
  })

  it('is told as a broken protocol when the other side speaks none', async () => {
    const { door, url } = await serveRaw((socket, request) => {
      socket.write(upgradeAnswer(request))
      setImmediate(() => socket.write('HTTP/1.1 200 OK\r\n\r\nwelcome to our hotspot'))
    })
    const { end } = await openSocket(door, { url })
    expect(await end).toMatchObject({ error: { code: 'outbound.failed' } })
  })

  it('is not told to who asked for it, and nothing else is', async () => {
    const { door, url, connections } = await serve((socket) => socket.on('message', () => socket.send('answer')))
    const person = new AbortController()
    const [closed, aborted] = [await openSocket(door, { url }), await openSocket(door, { url, signal: person.signal })]
    closed.socket.send('question')
    closed.socket.close()
    closed.socket.close()
    aborted.socket.send('question')
    person.abort(new Error('gone'))
    expect(closed.socket.send('more')).toBe(false)
    expect(aborted.socket.send('more')).toBe(false)
    await expect.poll(connections).toBe(0)
    expect([closed.ends, closed.messages, aborted.ends, aborted.messages]).toStrictEqual([[], [], [], []])
  })

  it('comes at once when the caller gives up during the handshake', async () => {
    const { door, url, connections } = await serveRaw(() => undefined)
    const person = new AbortController()
    const opening = openSocket(door, { url, signal: person.signal })
    await expect.poll(connections).toBe(1)
    person.abort(new Error('gone'))
    await expect(opening).rejects.toThrow('gone')
    await expect(openSocket(door, { url, signal: person.signal })).rejects.toThrow('gone')
    await expect.poll(connections).toBe(0)
  })

  it('comes with the end of the door, which opens none afterwards', async () => {
    const { door, url, connections } = await serve(() => undefined)
    const { end } = await openSocket(door, { url })
    await door.close()
    expect(await end).toMatchObject({ error: { code: 'server.draining' } })
    await expect(openSocket(door, { url })).rejects.toMatchObject({ code: 'server.draining' })
    await expect.poll(connections).toBe(0)
  })
})
