import { createServer as createSecureServer } from 'node:https'
import { afterEach, describe, expect, it } from 'vitest'
import { WebSocketServer } from 'ws'
import type { OutboundDoorOptions } from './outbound-door.ts'
import { parseProxyUrl } from './parse-proxy-url.ts'
import type { OutboundRefusal } from './refusal-log.ts'
import {
  closeLoopback,
  listen,
  openDoor,
  otherWorkspaceId,
  secretHeader,
  serve,
  workspaceId,
} from './test-harness/loopback.ts'
import { makeCertificate } from './test-harness/make-certificate.ts'
import { serveProxy } from './test-harness/serve-proxy.ts'

afterEach(closeLoopback)

const use = { workspaceId, onlyHosts: null }
const name = 'models.example'

/** A provider that is public as far as anybody can tell, and tells what it was sent. */
async function serveProvider() {
  const { certificate, key } = makeCertificate(name)
  const seen: { head: string; servername: unknown; tunnel: number | undefined }[] = []
  const server = createSecureServer({ cert: certificate, key }, (request, response) => {
    const servername: unknown = Reflect.get(request.socket, 'servername')
    seen.push({ head: JSON.stringify(request.rawHeaders), servername, tunnel: request.socket.remotePort })
    response.end('from the provider')
  })
  const sockets = new WebSocketServer({ server })
  sockets.on('connection', (socket, request) => {
    seen.push({
      head: JSON.stringify(request.rawHeaders),
      servername: Reflect.get(request.socket, 'servername'),
      tunnel: request.socket.remotePort,
    })
    socket.send('hello')
  })
  return { certificate, seen, port: await listen(server) }
}

function doorThrough(proxy: OutboundDoorOptions['proxy'], options: Partial<OutboundDoorOptions> = {}) {
  return openDoor([], { resolver: async () => ['93.184.215.14'], proxy, ...options })
}

describe('a forward proxy of the installation', () => {
  it('is asked for the checked address, and what goes through is encrypted for the name', async () => {
    const provider = await serveProvider()
    const proxy = await serveProxy(provider, 'Basic b3BlcmF0b3I6c2VjcmV0')
    const door = doorThrough(proxy, { certificateAuthorities: [provider.certificate] })
    const answer = await door.fetch({ url: `https://${name}/v1` }, { ...use, secretHeader })
    expect(await answer.text()).toBe('from the provider')
    expect(proxy.heads).toStrictEqual([
      'CONNECT 93.184.215.14:443 HTTP/1.1\r\nHost: 93.184.215.14:443\r\nProxy-Authorization: Basic b3BlcmF0b3I6c2VjcmV0\r\n\r\n',
    ])
    expect(provider.seen[0]?.servername).toBe(name)
    expect(provider.seen[0]?.head).toContain(`"${name}"`)
    expect(provider.seen[0]?.head).not.toMatch(/proxy|b3BlcmF0b3I6c2VjcmV0/i)
  })

  it('carries sockets the same way, and a tunnel is never shared by two workspaces', async () => {
    const provider = await serveProvider()
    const proxy = await serveProxy(provider)
    const door = doorThrough(proxy, { certificateAuthorities: [provider.certificate] })
    const message = Promise.withResolvers<unknown>()
    const socket = await door.openSocket(
      { url: `wss://${name}:8443/`, onMessage: message.resolve, onClose: () => undefined },
      { ...use, secretHeader },
    )
    expect(await message.promise).toBe('hello')
    socket.close()
    expect(proxy.heads[0]).toMatch(/^CONNECT 93\.184\.215\.14:8443 HTTP/)
    for (const workspace of [workspaceId, workspaceId, otherWorkspaceId]) {
      const headers = { 'x-who': workspace }
      await (await door.fetch({ url: `https://${name}/`, headers }, { ...use, workspaceId: workspace })).text()
    }
    const tunnelsOf = (workspace: string) =>
      new Set(provider.seen.filter(({ head }) => head.includes(workspace)).map(({ tunnel }) => tunnel))
    expect([...tunnelsOf(workspaceId)].filter((tunnel) => tunnelsOf(otherWorkspaceId).has(tunnel))).toStrictEqual([])
    expect(tunnelsOf(otherWorkspaceId).size).toBe(1)
    expect(JSON.stringify(provider.seen)).not.toMatch(/proxy/i)
  })

  it('that leads somebody else to us is found out by the certificate, and the key is not sent', async () => {
    const provider = await serveProvider()
    const door = doorThrough(await serveProxy(provider), { certificateAuthorities: [provider.certificate] })
    await expect(door.fetch({ url: 'https://other.example/' }, { ...use, secretHeader })).rejects.toMatchObject({
      code: 'outbound.failed',
    })
    expect(provider.seen).toStrictEqual([])
  })

  it.each(['403 Forbidden', '407 Request rejected by proxy', '400 Bad Request'])(
    'that answers %s refuses as the door does, and the operator reads why',
    async (status) => {
      const told: OutboundRefusal[] = []
      const proxy = await serveProxy({ answer: `HTTP/1.1 ${status}\r\nX-Smokescreen-Error: inner words\r\n\r\n` })
      const door = doorThrough(proxy, { onRefused: (refusal) => told.push(refusal) })
      const events = { onMessage: () => undefined, onClose: () => undefined }
      const answers = await Promise.allSettled([
        door.fetch({ url: `https://${name}/` }, { ...use, secretHeader }),
        door.openSocket({ url: `wss://${name}/`, ...events }, { ...use, workspaceId: otherWorkspaceId }),
      ])
      for (const answer of answers) {
        expect(answer).toMatchObject({ status: 'rejected', reason: { code: 'outbound.address_refused', errors: [] } })
        expect(JSON.stringify(answer)).not.toContain('inner words')
      }
      expect(told.map(({ reason, host }) => [reason, host])).toStrictEqual([
        ['refused_by_proxy', name],
        ['refused_by_proxy', name],
      ])
    },
  )

  it.each([
    ['an answer of its own', 'HTTP/1.1 502 Bad Gateway\r\n\r\n'],
    ['a redirect', 'HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\n\r\n'],
    ['words before the other end was spoken to', 'HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\n\r\nforged'],
    ['no HTTP', 'SSH-2.0-OpenSSH\r\n\r\n'],
    ['an interim answer', 'HTTP/1.1 100 Continue\r\n\r\n'],
    ['headers without end', `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(9000)}`],
  ])('that sends %s is a connection that failed', async (_what, answer) => {
    const door = doorThrough(await serveProxy({ answer }))
    await expect(door.fetch({ url: `https://${name}/` }, { ...use, secretHeader })).rejects.toMatchObject({
      code: 'outbound.failed',
    })
  })

  it('that says nothing, hangs up or is not there is a connection that failed', async () => {
    const gone = { host: '127.0.0.1', port: 1, authorization: undefined }
    for (const proxy of [await serveProxy(() => undefined), await serveProxy((socket) => socket.end()), gone]) {
      const door = doorThrough(proxy, { connectTimeoutMs: 100 })
      await expect(door.fetch({ url: `https://${name}/` }, use)).rejects.toMatchObject({ code: 'outbound.failed' })
    }
  })

  it('is not asked for what an installation entry opens', async () => {
    const proxy = await serveProxy({ answer: 'HTTP/1.1 403 Forbidden\r\n\r\n' })
    const { door, url } = await serve((_request, response) => response.end('local'), { proxy })
    expect(await (await door.fetch({ url }, use)).text()).toBe('local')
    expect(proxy.heads).toStrictEqual([])
  })

  it('does not get to see what the door refuses itself', async () => {
    const proxy = await serveProxy({ answer: 'HTTP/1.1 200 OK\r\n\r\n' })
    const door = doorThrough(proxy, { resolver: async () => ['10.0.0.1'] })
    await expect(door.fetch({ url: `https://${name}/` }, use)).rejects.toMatchObject({
      code: 'outbound.address_refused',
    })
    expect(proxy.heads).toStrictEqual([])
  })
})

describe('the setting of a proxy', () => {
  it.each([
    ['http://proxy.inside:4750', { host: 'proxy.inside', port: 4750, authorization: undefined }],
    ['http://[::1]:80/', { host: '::1', port: 80, authorization: undefined }],
    ['http://ada:p%40ss@10.0.0.1:4750', { host: '10.0.0.1', port: 4750, authorization: 'Basic YWRhOnBAc3M=' }],
  ])('reads %s', (text, proxy) => {
    expect(parseProxyUrl(text)).toStrictEqual(proxy)
  })

  it.each([
    'proxy.inside:4750',
    'https://proxy.inside:4750',
    'socks5://proxy.inside:1080',
    'http://proxy.inside',
    'http://proxy.inside:4750/path',
    'http://proxy.inside:4750?x',
    'http://ada@proxy.inside:4750',
    'http://a%3Ab:x@proxy.inside:4750',
    'http://ada:%ff@proxy.inside:4750',
    'http://proxy.inside:99999',
    'http://proxy.inside:0',
    '',
  ])('refuses %j', (text) => {
    expect(parseProxyUrl(text)).toBeUndefined()
  })
})
