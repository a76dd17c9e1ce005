import { afterEach, describe, expect, it, vi } from 'vitest'
import { closeLoopback } from './test-harness/loopback.ts'
import { openSocket, serve, serveHttp, serveRaw } from './test-harness/loopback-sockets.ts'

afterEach(closeLoopback)

describe('a socket costs no more than its limits', () => {
  it('in the size of a message, whole or in pieces', async () => {
    for (const whole of [true, false]) {
      const { door, url } = await serve((socket) => {
        if (whole) socket.send('x'.repeat(2000))
        else for (let piece = 0; piece < 20; piece += 1) socket.send('x'.repeat(100), { fin: false })
      })
      const { end, messages } = await openSocket(door, { url }, { maxMessageBytes: 1000 })
      expect(await end).toMatchObject({ error: { code: 'outbound.too_large' } })
      expect(messages).toStrictEqual([])
    }
  })

  it('in the number of messages a second', async () => {
    const { door, url } = await serve((socket) => {
      for (let times = 0; times < 500; times += 1) socket.send('x')
    })
    const { end, messages } = await openSocket(door, { url }, { maxMessagesPerSecond: 50 })
    expect(await end).toMatchObject({ error: { code: 'outbound.too_large' } })
    expect(messages.length).toBeLessThan(200)
  })

  it('in what it has sent and nobody has taken', async () => {
    const { door, url } = await serve((socket) => socket.pause())
    const { socket, end } = await openSocket(door, { url }, { maxUnsentBytes: 1_000_000 })
    const chunk = new Uint8Array(100_000)
    let taken = 0
    while (socket.send(chunk)) taken += 1
    expect(await end).toMatchObject({ code: 1006, error: { code: 'outbound.failed' } })
    expect(taken).toBeGreaterThan(0)
    expect(taken).toBeLessThan(100)
    expect(socket.send('more')).toBe(false)
  })

  it('in the time of its handshake', async () => {
    const { door, url } = await serveRaw(() => undefined)
    await expect(openSocket(door, { url }, { handshakeMs: 60 })).rejects.toMatchObject({ code: 'outbound.timeout' })
  })

  it('in the time of its life', async () => {
    const { door, url } = await serve(() => undefined)
    const { end } = await openSocket(door, { url }, { totalMs: 100 })
    expect(await end).toMatchObject({ error: { code: 'outbound.timeout' } })
  })

  it('in the place that it takes from the budget, until it has ended', async () => {
    const { door, url } = await serve(() => undefined, { budget: { burst: 100, perSecond: 100, atOnce: 1 } })
    const refusing = await serveHttp(401, {}, '')
    const first = await openSocket(door, { url })
    await expect(openSocket(door, { url })).rejects.toMatchObject({ code: 'outbound.budget_exceeded' })
    first.socket.close()
    const retry = async () => (await openSocket(door, { url })).socket
    const second = await vi.waitFor(retry)
    second.close()
    for (let times = 0; times < 3; times += 1) {
      await expect(openSocket(refusing.door, { url: refusing.url })).rejects.toMatchObject({ httpStatus: 401 })
    }
  })
})
