import { connect } from 'node:net'
import { Hono } from 'hono'
import { afterEach, describe, expect, test } from 'vitest'
import { wellFormedBody } from '../guards/well-formed-body.ts'
import { problemResponse } from '../http/problem-response.ts'
import { AppError } from '../kernel/app-error.ts'
import type { ApiEnv } from '../kernel/request-context.ts'
import { type ArrivalLimits, type Listening, listen } from './listen.ts'

const cleanUp: (() => Promise<unknown> | undefined)[] = []
afterEach(async () => {
  for (const step of cleanUp.splice(0).toReversed()) await step()
})

async function serveBody(options: { bodyMs: number; limits?: ArrivalLimits }): Promise<Listening> {
  const app = new Hono<ApiEnv>()
  app.post('/guarded', wellFormedBody({ timeoutMs: options.bodyMs }), async (context) =>
    context.json(await context.req.json()),
  )
  for (const path of ['/unguarded', '/v1/knowledge/files'])
    app.post(path, async (context) => context.text(await context.req.text()))
  app.onError((error, context) => {
    if (!(error instanceof AppError)) throw error
    return problemResponse(error, 'req_test', context.res.headers)
  })
  const { limits } = options
  const listening = await listen({
    fetch: app.fetch,
    host: '127.0.0.1',
    port: 0,
    ...(limits === undefined ? {} : { limits }),
  })
  cleanUp.push(() => listening.close())
  return listening
}

/** Sends the head, then one byte of the body every 5 ms, until the server hangs up. */
function drip(port: number, path: string, framing: string, piece: string): Promise<string> {
  return new Promise((resolve) => {
    let received = ''
    const socket = connect(port, '127.0.0.1')
    socket.write(`POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n${framing}\r\n\r\n`)
    const timer = setInterval(() => socket.write(piece), 5)
    cleanUp.push(async () => socket.destroy())
    socket.on('data', (data: Buffer) => {
      received += data.toString('latin1')
    })
    socket.on('error', () => undefined)
    socket.once('close', () => {
      clearInterval(timer)
      resolve(received)
    })
  })
}

describe('a body that comes drop by drop', () => {
  test.each([
    ['with its length', 'Content-Length: 100000', ' '],
    ['in chunks', 'Transfer-Encoding: chunked', '1\r\n \r\n'],
  ])(
    '%s is given up when its time is over, with a problem document, and so is its connection',
    async (_name, framing, piece) => {
      const { port } = await serveBody({ bodyMs: 150 })
      const answer = await drip(port, '/guarded', framing, piece)
      expect(answer).toMatch(/^HTTP\/1\.1 408 /)
      expect(answer.toLowerCase()).toContain('connection: close')
      expect(answer).toContain('"code":"request.timeout"')
      expect(answer.match(/HTTP\/1\.1 /g)).toHaveLength(1)
    },
  )

  test('holds no connection for longer than a request may take, where nobody gave its body a limit', async () => {
    const { port } = await serveBody({ bodyMs: 60_000, limits: { headersMs: 100, requestMs: 200, fileMs: 60_000 } })
    expect(await drip(port, '/unguarded', 'Content-Length: 100000', ' ')).toMatch(/^HTTP\/1\.1 408 /)
  })

  test('has longer where files are taken, and not for ever', async () => {
    const { port } = await serveBody({ bodyMs: 60_000, limits: { headersMs: 100, requestMs: 50, fileMs: 700 } })
    const began = performance.now()
    const answer = await drip(port, '/v1/knowledge/files?name=a.txt', 'Content-Length: 100000', ' ')
    expect(answer).toMatch(/^HTTP\/1\.1 408 /)
    expect(performance.now() - began).toBeGreaterThan(500)
  })

  test('that is whole in time is read', async () => {
    const { port } = await serveBody({ bodyMs: 60_000 })
    const headers = { 'content-type': 'application/json' }
    const answer = await fetch(`http://127.0.0.1:${port}/guarded`, { method: 'POST', headers, body: '{"a":1}' })
    expect([answer.status, await answer.json()]).toEqual([200, { a: 1 }])
  })
})

describe('an address that cannot be had', () => {
  test('because it is in use is refused with another port to choose', async () => {
    const { port } = await serveBody({ bodyMs: 1_000 })
    const again = listen({ fetch: () => new Response(), host: '127.0.0.1', port })
    await expect(again).rejects.toThrow(`Port ${port} is in use`)
  })

  test.each(['192.0.2.7', 'no-such-host.invalid'])('because %s is not of this machine is refused', async (host) => {
    const refused = listen({ fetch: () => new Response(), host, port: 0 })
    await expect(refused).rejects.toThrow('choose an address of this machine (HYPONEMA_HOST)')
  })
})
