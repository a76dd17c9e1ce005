/** An attack suite: servers of an attacker that answer a request as no server should. What they send is written by hand. */
import type { Socket } from 'node:net'
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { afterEach, describe, expect, test } from 'vitest'
import {
  closeLoopback,
  key,
  otherWorkspaceId,
  secretHeader,
  serveRaw,
  workspaceId,
} from '../../packages/server/src/platform/outbound/test-harness/loopback.ts'

afterEach(closeLoopback)

/** For what ends by itself; a busy machine may need seconds. */
const patient = { firstByteMs: 10_000, totalMs: 12_000, maxResponseBytes: 10_000 }
/** For what would never end. */
const brief = { ...patient, firstByteMs: 400, totalMs: 800 }
const use = { workspaceId, onlyHosts: null, secretHeader, limits: patient }

/** What came of it: the body, or the code of the failure, wherever it came. */
async function outcomeOf(
  send: (socket: Socket) => unknown,
  limits = patient,
): Promise<{ code: string; headers: string; text: string }> {
  let visits = 0
  const { door, url } = await serveRaw((socket) => {
    visits += 1
    socket.once('data', () => send(socket))
  })
  try {
    const answer = await door.fetch({ url }, { ...use, limits })
    const headers = JSON.stringify([...answer.headers])
    const text = await answer.text()
    return { code: `read ${answer.status}`, headers, text }
  } catch (error) {
    expect(`${String(error)}${JSON.stringify(error)}`).not.toContain(key)
    const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined
    return { code: String(code), headers: '', text: '' }
  } finally {
    // Nobody is asked twice, and nobody else is asked at all.
    expect(visits).toBe(1)
    await door.close()
  }
}

const ok = (headers: string, body = ''): string => `HTTP/1.1 200 OK\r\n${headers}\r\n\r\n${body}`
const chunked = (body: string): string => ok('Transfer-Encoding: chunked', body)

const broken: readonly (readonly [string, string])[] = [
  ['HTTP/0.9', 'the whole answer, without a head'],
  ['HTTP/2 in the clear', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  ['a version of tomorrow', 'HTTP/9.9 200 OK\r\ncontent-length: 0\r\n\r\n'],
  ['no status', 'HTTP/1.1 OK\r\ncontent-length: 0\r\n\r\n'],
  ['status 000', 'HTTP/1.1 000 X\r\ncontent-length: 0\r\n\r\n'],
  ['status 999', 'HTTP/1.1 999 X\r\ncontent-length: 0\r\n\r\n'],
  ['status 20', 'HTTP/1.1 20 X\r\ncontent-length: 0\r\n\r\n'],
  ['a switch of protocols', 'HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n'],
  ['two lengths that differ', ok('content-length: 1\r\ncontent-length: 2', 'ab')],
  ['a list of lengths', ok('content-length: 1, 2', 'ab')],
  ['a negative length', ok('content-length: -1', 'ab')],
  ['a length with a sign', ok('content-length: +2', 'ab')],
  ['a length in hexadecimal', ok('content-length: 0x2', 'ab')],
  ['a length beyond every number', ok(`content-length: ${'9'.repeat(40)}`, 'ab')],
  ['length and chunks', ok('content-length: 2\r\ntransfer-encoding: chunked', '2\r\nab\r\n0\r\n\r\n')],
  ['chunks and length', ok('transfer-encoding: chunked\r\ncontent-length: 2', '2\r\nab\r\n0\r\n\r\n')],
  ['a chunk of no size', chunked('\r\nab\r\n0\r\n\r\n')],
  ['a chunk of negative size', chunked('-2\r\nab\r\n0\r\n\r\n')],
  ['a chunk beyond every number', chunked(`${'f'.repeat(17)}\r\nab`)],
  ['a chunk that is longer than it says', chunked('2\r\nabc\r\n0\r\n\r\n')],
  ['a chunk without end', chunked('2\r\nab')],
  ['a name with a space', ok('content length: 2', 'ab')],
  ['a space before the colon', ok('content-length : 2', 'ab')],
  ['a header without colon', ok('x-a\r\ncontent-length: 2', 'ab')],
  ['a folded header', ok('x-a: b\r\n c: d\r\ncontent-length: 2', 'ab')],
  ['a folded length', ok('content-length:\r\n 2', 'ab')],
  ['a zero byte in a value', ok('x-a: b\u0000c\r\ncontent-length: 2', 'ab')],
  ['a bare carriage return', ok('x-a: b\rcontent-length: 5\r\ncontent-length: 2', 'ab')],
  ['one header of 20,000 bytes', ok(`x-a: ${'b'.repeat(20_000)}`)],
  ['5,000 headers', ok(Array.from({ length: 5000 }, (_, index) => `x-${index}: b`).join('\r\n'))],
  ['a head without end', 'HTTP/1.1 200 OK\r\nx-a: b\r\n'],
  ['fewer bytes than it says', ok('content-length: 3', 'ab')],
]

const coded: readonly (readonly [string, Buffer])[] = [
  ['gzip', gzipSync(Buffer.alloc(50_000_000))],
  ['x-gzip', gzipSync('hello')],
  ['GZIP', gzipSync('hello')],
  ['deflate', deflateSync('hello')],
  ['br', brotliCompressSync('hello')],
  ['zstd', zstdCompressSync('hello')],
  ['gzip, gzip', gzipSync(gzipSync('hello'))],
  ['identity, gzip', gzipSync('hello')],
  ['compress', Buffer.from('hello')],
  ['aws-chunked', Buffer.from('hello')],
  ['gzip', Buffer.from('this is not gzip')],
  ['gzip', gzipSync('hello').subarray(0, 12)],
  ['', Buffer.from('hello')],
]

describe('an attacker’s answer', () => {
  test.each(broken)('with %s is a failure', async (_what, answer) => {
    const { code } = await outcomeOf((socket) => socket.end(answer, 'latin1'))
    expect(code).toBe('outbound.failed')
  })

  test.each(coded)('in content coding "%s" is never unpacked', async (coding, body) => {
    const { code, text } = await outcomeOf((socket) => {
      socket.write(`HTTP/1.1 200 OK\r\ncontent-encoding: ${coding}\r\ncontent-length: ${body.byteLength}\r\n\r\n`)
      socket.end(body)
    })
    expect([code, text]).toEqual(['outbound.failed', ''])
  })

  test.each(['gzip', 'gzip, chunked', 'chunked, gzip', 'deflate', 'identity', 'xchunked', 'chunked, chunked'])(
    'in transfer coding %j is a failure',
    async (coding) => {
      const body = '5\r\nhello\r\n0\r\n\r\n'
      const { code } = await outcomeOf((socket) => socket.end(ok(`transfer-encoding: ${coding}`, body)))
      expect(code).toBe('outbound.failed')
    },
  )

  test.each([
    ['interim answers', 'HTTP/1.1 100 Continue\r\n\r\n'],
    ['early hints', 'HTTP/1.1 103 Early Hints\r\nlink: </x>; rel=preload\r\n\r\n'],
    ['processing', 'HTTP/1.1 102 Processing\r\n\r\n'],
    ['reasons', 'HTTP/1.1 200 because of'],
    ['line ends', '\r\n'],
  ])('of endless %s ends at the deadline or before', async (_what, piece) => {
    const { code } = await outcomeOf((socket) => {
      const flood = setInterval(() => socket.write(piece.repeat(50)), 1)
      socket.once('close', () => clearInterval(flood))
    }, brief)
    expect(['outbound.failed', 'outbound.timeout']).toContain(code)
  })

  test.each([
    ['its head byte for byte', ok('content-length: 2', 'ab').repeat(20), 'outbound.timeout'],
    ['its body byte for byte', 'b'.repeat(5000), 'outbound.timeout'],
  ])('that drips %s ends at a deadline', async (what, text, code) => {
    const outcome = await outcomeOf((socket) => {
      if (what.includes('body')) socket.write(ok('content-length: 5000'))
      let at = 0
      const drip = setInterval(() => socket.write(text.slice(at, (at += 1))), 20)
      socket.once('close', () => clearInterval(drip))
    }, brief)
    expect(outcome.code).toBe(code)
  })

  test.each([
    ['a body', ok('content-type: text/plain')],
    ['chunks', chunked('')],
    ['server-sent events', ok('content-type: text/event-stream')],
  ])('of %s without end is cut at the byte cap', async (what, head) => {
    const piece = what === 'chunks' ? `400\r\n${'b'.repeat(0x400)}\r\n` : 'b'.repeat(0x400)
    const { code } = await outcomeOf((socket) => {
      socket.write(head)
      const flood = setInterval(() => socket.write(piece), 1)
      socket.once('close', () => clearInterval(flood))
    })
    expect(code).toBe('outbound.too_large')
  })

  test.each([
    ['Location', 'http://169.254.169.254/latest/meta-data/'],
    ['Refresh', '0; url=http://127.0.0.1/'],
    ['Alt-Svc', 'h2="127.0.0.1:22"; ma=86400'],
    ['Content-Location', 'http://10.0.0.1/'],
    ['Link', '<http://10.0.0.1/>; rel=preload'],
    ['Set-Cookie', 'session=1; Path=/'],
    ['Strict-Transport-Security', 'max-age=1'],
    ['Upgrade', 'h2c'],
    ['Proxy-Authenticate', 'Basic realm="inside"'],
    ['WWW-Authenticate', 'Negotiate'],
    ['Trailer', 'x-request-id'],
    ['Keep-Alive', 'timeout=999999'],
  ])('that says %s moves nobody, and nobody reads it', async (name, value) => {
    for (const status of ['200 OK', '301 Moved', '302 Found', '307 Temporary', '308 Permanent', '401 Unauthorized']) {
      const { code, headers } = await outcomeOf((socket) =>
        socket.end(`HTTP/1.1 ${status}\r\n${name}: ${value}\r\ncontent-length: 2\r\n\r\nab`),
      )
      expect(code).toBe(`read ${status.slice(0, 3)}`)
      expect(headers.toLowerCase()).not.toContain(name.toLowerCase())
      expect(headers).not.toContain(value)
    }
  })

  test('with line ends and codes of a terminal in what may be read of it is cleaned and cut', async () => {
    const { headers } = await outcomeOf((socket) =>
      socket.end(ok(`x-request-id: a\u001b[31m\u0007${'b'.repeat(5000)}\r\ncontent-length: 2`, 'ab'), 'latin1'),
    )
    expect(headers).not.toMatch(/\u001b|\\u001b|\u0007|\\u0007/)
    expect(headers.length).toBeLessThan(1200)
  })

  test('that brings a second one along does not answer the next request with it', async () => {
    const all: string[] = []
    for (const pause of [0, 5, 30]) {
      const { door, url } = await serveRaw((socket) => {
        socket.on('data', (request: Buffer) => {
          const wanted = /x-turn: (\d)/i.exec(request.toString('latin1'))?.[1] ?? '?'
          socket.write(ok('content-length: 6', `true ${wanted}`))
          const forged = () => socket.write(ok('content-length: 6', 'forged'))
          if (pause === 0) forged()
          else setTimeout(forged, pause).unref()
        })
      })
      for (const turn of ['1', '2', '3', '4']) {
        const answered = await door
          .fetch({ url, headers: { 'x-turn': turn } }, { workspaceId, onlyHosts: null, limits: patient })
          .then((answer) => answer.text())
          .catch(() => 'refused')
        expect([`true ${turn}`, 'refused']).toContain(answered)
        all.push(answered)
        // Idle for longer than the forged one needs to come.
        await new Promise((settle) => setTimeout(settle, pause * 3))
      }
    }
    // Were all of them refused, nothing would have been seen.
    expect(all.filter((answered) => answered.startsWith('true')).length).toBeGreaterThan(0)
  })

  test('never comes over a connection of another workspace, and neither does what is left on it', async () => {
    const asked = new Map<Socket, Set<string>>()
    const { door, url } = await serveRaw((socket) => {
      asked.set(socket, new Set())
      socket.on('data', (request: Buffer) => {
        const who = /x-who: (\S+)/i.exec(request.toString('latin1'))?.[1] ?? '?'
        asked.get(socket)?.add(who)
        socket.write(ok(`content-length: ${who.length}\r\nset-cookie: who=${who}`, who))
        expect(request.toString('latin1').toLowerCase()).not.toContain('cookie')
      })
    })
    const ask = async (workspace: typeof workspaceId) => {
      const headers = { 'x-who': workspace }
      return (await door.fetch({ url, headers }, { workspaceId: workspace, onlyHosts: null, limits: patient })).text()
    }
    for (const workspace of [workspaceId, otherWorkspaceId, workspaceId, otherWorkspaceId]) {
      expect(await ask(workspace)).toBe(workspace)
    }
    await Promise.all([workspaceId, otherWorkspaceId, workspaceId, otherWorkspaceId].map(ask))
    for (const seen of asked.values()) expect(seen.size).toBeLessThanOrEqual(1)
  })
})

describe('a request that wants to be two', () => {
  test.each([
    [{ 'x-a': 'b\r\nhost: inside' }],
    [{ 'x-a': 'b\nhost: inside' }],
    [{ 'x-a': 'b\u0000' }],
    [{ 'x-a\r\nhost': 'inside' }],
    [{ 'x a': 'b' }],
    [{ 'x-a:': 'b' }],
    [{ '': 'b' }],
    [{ 'x-ä': 'b' }],
  ])('by its headers %j is not sent', async (headers) => {
    let visits = 0
    const { door, url } = await serveRaw(() => (visits += 1))
    await expect(door.fetch({ url, headers }, use)).rejects.toBeInstanceOf(Error)
    expect(visits).toBe(0)
  })

  test.each([
    ['host', 'inside'],
    ['content-length', '0'],
    ['transfer-encoding', 'chunked'],
    ['connection', 'x-secret'],
    ['upgrade', 'h2c'],
    ['te', 'trailers'],
    ['trailer', 'x'],
    ['expect', '100-continue'],
    ['proxy-authorization', 'Basic x'],
    ['proxy-connection', 'keep-alive'],
    ['cookie', 'a=b'],
    ['forwarded', 'for=127.0.0.1'],
    ['via', '1.1 inside'],
    ['keep-alive', 'timeout=1'],
  ])('by the header %s goes out without it', async (name, value) => {
    const seen = Promise.withResolvers<string>()
    const { door, url } = await serveRaw((socket) => {
      socket.once('data', (request: Buffer) => {
        seen.resolve(request.toString('latin1'))
        socket.end(ok('content-length: 0'))
      })
    })
    await (await door.fetch({ url, method: 'POST', body: 'hello', headers: { [name]: value } }, use)).text()
    const lines = (await seen.promise).toLowerCase().split('\r\n')
    expect(lines).not.toContain(`${name}: ${value}`.toLowerCase())
    expect(lines.filter((line) => line.startsWith('host:'))).toEqual([`host: ${new URL(url).host}`])
    expect(lines.filter((line) => line.startsWith('content-length:'))).toEqual(['content-length: 5'])
  })

  test.each(['/a b', '/a\r\nx: y', '/a\tb', '/\u00e4'])('by its path %j is refused or escaped', async (path) => {
    const seen: string[] = []
    const { door, url } = await serveRaw((socket) => {
      socket.once('data', (request: Buffer) => {
        seen.push(request.toString('latin1').split('\r\n')[0] ?? '')
        socket.end(ok('content-length: 0'))
      })
    })
    await door.fetch({ url: new URL(url).origin + path }, use).then(
      (answer) => answer.text(),
      () => undefined,
    )
    for (const line of seen) expect(line).toMatch(/^GET \/[\x21-\x7e]* HTTP\/1\.1$/)
  })
})
