/** An attack suite: what the other end of an outbound WebSocket may try. Frames are written by hand (RFC 6455). */
import type { Socket } from 'node:net'
import { deflateRawSync } from 'node:zlib'
import { afterEach, describe, expect, test } from 'vitest'
import { closeLoopback } from '../../packages/server/src/platform/outbound/test-harness/loopback.ts'
import {
  openSocket,
  serveRaw,
  upgradeAnswer,
} from '../../packages/server/src/platform/outbound/test-harness/loopback-sockets.ts'

afterEach(closeLoopback)

/** An unmasked frame, as servers send them. */
function frame(opcode: number, payload: Buffer | string = '', more: { final?: boolean; bits?: number } = {}): Buffer {
  const body = Buffer.from(payload)
  const first = (more.final === false ? 0 : 0x80) | (more.bits ?? 0) | opcode
  if (body.length < 126) return Buffer.concat([Buffer.from([first, body.length]), body])
  const head = Buffer.alloc(body.length < 65_536 ? 4 : 10)
  head[0] = first
  head[1] = body.length < 65_536 ? 126 : 127
  if (body.length < 65_536) head.writeUInt16BE(body.length, 2)
  else head.writeBigUInt64BE(BigInt(body.length), 2)
  return Buffer.concat([head, body])
}

const text = 1
const binary = 2
const limits = { handshakeMs: 1500, totalMs: 20_000, maxMessageBytes: 1000, maxMessagesPerSecond: 50 }

const broken: readonly (readonly [string, Buffer, string])[] = [
  ['a message above the cap', frame(binary, Buffer.alloc(1001)), 'outbound.too_large'],
  ['the head of a message of 2^63 bytes', Buffer.from([0x82, 127, 0x80, 0, 0, 0, 0, 0, 0, 0]), 'outbound.failed'],
  ['the head of a message of 4 GiB', Buffer.from([0x82, 127, 0, 0, 0, 1, 0, 0, 0, 0]), 'outbound.too_large'],
  [
    'pieces that are too large together',
    Buffer.concat([frame(binary, Buffer.alloc(600), { final: false }), frame(0, Buffer.alloc(600))]),
    'outbound.too_large',
  ],
  ['a compressed message', frame(text, deflateRawSync(Buffer.alloc(100_000)), { bits: 0x40 }), 'outbound.failed'],
  ['a second reserved bit', frame(text, 'x', { bits: 0x20 }), 'outbound.failed'],
  ['a third reserved bit', frame(text, 'x', { bits: 0x10 }), 'outbound.failed'],
  ['a reserved kind of data', frame(3, 'x'), 'outbound.failed'],
  ['a reserved kind of control', frame(0xb, 'x'), 'outbound.failed'],
  ['a continuation of nothing', frame(0, 'x'), 'outbound.failed'],
  [
    'a message inside a message',
    Buffer.concat([frame(text, 'x', { final: false }), frame(text, 'y')]),
    'outbound.failed',
  ],
  ['a ping in pieces', frame(9, 'x', { final: false }), 'outbound.failed'],
  ['a ping of 126 bytes', frame(9, Buffer.alloc(126)), 'outbound.failed'],
  ['a masked message', Buffer.from([0x81, 0x81, 0, 0, 0, 0, 0x78]), 'outbound.failed'],
  ['text that is no UTF-8', frame(text, Buffer.from([0xff, 0xfe])), 'outbound.failed'],
  ['a farewell of one byte', frame(8, Buffer.from([3])), 'outbound.failed'],
  ['a farewell with code 1005', frame(8, Buffer.from([3, 237])), 'outbound.failed'],
  ['a farewell with code 999', frame(8, Buffer.from([3, 231])), 'outbound.failed'],
  ['a farewell that is no UTF-8', frame(8, Buffer.from([3, 232, 0xff])), 'outbound.failed'],
  ['HTTP', Buffer.from('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n'), 'outbound.failed'],
  [
    'more messages a second than anybody reads',
    Buffer.concat(Array.from({ length: 200 }, () => frame(text, 'x'))),
    'outbound.too_large',
  ],
]

async function openTo(send: (socket: Socket, request: string) => unknown) {
  const { door, url } = await serveRaw(send)
  return openSocket(door, { url, protocols: ['chat'] }, limits)
}

describe('the other end of an outbound socket', () => {
  test.each(broken)('that sends %s is cut, and nothing of it is told', async (_what, bytes, code) => {
    const opened = await openTo((socket, request) => {
      socket.write(upgradeAnswer(request, 'sec-websocket-protocol: chat'))
      socket.write(bytes)
    })
    expect((await opened.end).error).toMatchObject({ code })
    expect(opened.messages.filter((message) => message !== 'x')).toEqual([])
    expect(opened.messages.length).toBeLessThanOrEqual(limits.maxMessagesPerSecond)
    expect(opened.ends).toHaveLength(1)
    expect(opened.socket.send('more')).toBe(false)
  })

  test.each([
    ['no accepted key', (answer: string) => answer.replace(/sec-websocket-accept: [^\r]+\r\n/, '')],
    ['the key of somebody else', (answer: string) => answer.replace(/accept: [^\r]+/, 'accept: bm90IG91cnM=')],
    [
      'an accepted key in other case',
      (answer: string) => answer.replace(/accept: ([^\r]+)/, (_, key: string) => `accept: ${key.toLowerCase()}A`),
    ],
    ['no upgrade', (answer: string) => answer.replace('upgrade: websocket\r\n', '')],
    ['another upgrade', (answer: string) => answer.replace('upgrade: websocket', 'upgrade: h2c')],
    ['a protocol that nobody asked for', (answer: string) => answer.replace('protocol: chat', 'protocol: admin')],
    ['two protocols', (answer: string) => answer.replace('protocol: chat', 'protocol: chat, chat')],
    ['no protocol where one was asked for', (answer: string) => answer.replace('sec-websocket-protocol: chat\r\n', '')],
    [
      'compression',
      (answer: string) => answer.replace('\r\n\r\n', '\r\nsec-websocket-extensions: permessage-deflate\r\n\r\n'),
    ],
    [
      'an unknown extension',
      (answer: string) => answer.replace('\r\n\r\n', '\r\nsec-websocket-extensions: x-secret\r\n\r\n'),
    ],
    ['status 200', (answer: string) => answer.replace('101 Switching Protocols', '200 OK')],
    ['status 100 and then silence', () => 'HTTP/1.1 100 Continue\r\n\r\n'],
    ['a redirect inside', () => 'HTTP/1.1 302 Found\r\nlocation: ws://169.254.169.254/\r\ncontent-length: 0\r\n\r\n'],
    ['a demand for a login', () => 'HTTP/1.1 407 Proxy\r\nproxy-authenticate: Basic\r\ncontent-length: 0\r\n\r\n'],
    ['endless headers', () => `HTTP/1.1 101 X\r\nx: ${'y'.repeat(40_000)}`],
    ['a folded header', (answer: string) => answer.replace('\r\n\r\n', '\r\nx: y\r\n z\r\n\r\n')],
    ['no HTTP', () => 'RFB 003.008\n'],
    ['nothing', () => ''],
  ])('that answers the upgrade with %s gets no socket, and nobody else is asked', async (_what, change) => {
    let visits = 0
    const opening = openTo((socket, request) => {
      visits += 1
      socket.write(change(upgradeAnswer(request, 'sec-websocket-protocol: chat')), 'latin1')
    })
    const error: unknown = await opening.catch((thrown: unknown) => thrown)
    expect(['outbound.failed', 'outbound.timeout']).toContain(
      error instanceof Error ? Reflect.get(error, 'code') : error,
    )
    expect(visits).toBe(1)
  })

  test('that sends a thousand pings is answered within bounds and can still be left', async () => {
    let answered = 0
    const opened = await openTo((socket, request) => {
      socket.write(upgradeAnswer(request, 'sec-websocket-protocol: chat'))
      socket.on('data', (bytes: Buffer) => (answered += bytes.length))
      socket.write(Buffer.concat(Array.from({ length: 1000 }, () => frame(9, Buffer.alloc(125)))))
    })
    opened.socket.close()
    expect(opened.messages).toEqual([])
    expect(answered).toBeLessThanOrEqual(1000 * 131 + 1000)
  })

  test('gets neither the subprotocol nor the headers out of shape', async () => {
    const requests: string[] = []
    const { door, url } = await serveRaw((socket, request) => {
      requests.push(request)
      socket.write(upgradeAnswer(request))
    })
    for (const protocols of [['a\r\nx: y'], ['a,b'], ['a b'], [''], ['chat', 'chat']]) {
      await expect(openSocket(door, { url, protocols }, limits)).rejects.toBeInstanceOf(Error)
    }
    for (const headers of [{ 'x-a': 'b\r\nc: d' }, { 'x\r\na': 'b' }]) {
      await expect(openSocket(door, { url, headers }, limits)).rejects.toBeInstanceOf(Error)
    }
    expect(requests).toEqual([])
    // In shape they would have been sent, and taken.
    await openSocket(door, { url, headers: { 'x-a': 'b' } }, limits)
    expect(requests).toHaveLength(1)
  })

  test('reads none of the headers that belong to the upgrade from whoever opens it', async () => {
    const seen = Promise.withResolvers<string>()
    const { door, url } = await serveRaw((socket, request) => {
      seen.resolve(request.toLowerCase())
      socket.write(upgradeAnswer(request))
    })
    const forged = {
      'sec-websocket-key': 'Zm9yZ2VkIGtleSBmb3JnZWQ=',
      'sec-websocket-version': '8',
      'sec-websocket-extensions': 'permessage-deflate',
      'sec-websocket-protocol': 'admin',
      'sec-websocket-accept': 'x',
      origin: 'https://inside.example',
      host: 'inside',
      upgrade: 'h2c',
    }
    await openSocket(door, { url, headers: forged }, limits).catch(() => undefined)
    const request = await seen.promise
    expect(request).not.toMatch(/zm9yz2vkigtlesbmb3jnzwq|permessage-deflate|admin|h2c|host: inside/)
    expect(request.match(/^sec-websocket-(key|version):/gm)).toHaveLength(2)
    expect(request).toContain('sec-websocket-version: 13')
  })
})
