/** Clients that hold on to a connection and give nothing for it. */
import { createServer, type Server } from 'node:http'
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { apiClient, say, spoken } from './api-client.ts'
import { openSession, publishAgent } from './published-agent.ts'
import { openRaw } from './raw-request.ts'
import { freePort, makeHome, removeHome, type ServerProcess, startProcess } from './server-process.ts'

/** More than the kernel keeps for a socket whose other end does not read (some MB on a loopback address). */
const babbledPieces = 90_000
/** What 4096 tokens of output may be at most; all of it as events of one character each is over 5 MB. */
const maxSpokenCharacters = 65_536
const turnsSchema = z.object({ data: z.array(z.object({ status: z.string(), text: z.string() })) })

let home: string
let server: ServerProcess
let model: Server
let call: ReturnType<typeof apiClient>
let babbler: string
let brief: string

beforeAll(async () => {
  const port = await freePort()
  model = await startBabbler(port)
  home = await makeHome()
  const base = `http://127.0.0.1:${port}`
  server = await startProcess({ home, environment: { HYPONEMA_OUTBOUND_ALLOW: base } })
  call = apiClient(server.url, (await server.demo()).api_key)
  babbler = await publishAgent(call, 'Babbler', {
    persona: { prompt: 'A babbler.' },
    model: {
      kind: 'openai_compatible',
      provider: 'custom',
      base_url: `${base}/v1`,
      model: 'any',
      max_output_tokens: 4096,
    },
    policy: {},
  })
  brief = await publishAgent(call, 'Brief', {
    persona: { prompt: 'Brief.' },
    model: { kind: 'scripted', script: { rules: [], otherwise: 'Yes.' } },
    policy: {},
    limits: { max_turns: 500 },
  })
})

afterAll(async () => {
  await server.interrupt()
  model.close()
  await removeHome(home)
})

/** An OpenAI-compatible model that says very much in the fewest bytes, as fast as it is read. */
function startBabbler(port: number): Promise<Server> {
  const piece = `data: ${JSON.stringify({ choices: [{ delta: { content: 'a' } }] })}\n\n`
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    const thousand = piece.repeat(1_000)
    let left = babbledPieces / 1_000
    const more = (): void => {
      while (left > 0) {
        left -= 1
        if (!response.write(thousand)) {
          response.once('drain', more)
          return
        }
      }
      response.end('data: [DONE]\n\n')
    }
    more()
  })
  return new Promise((resolve) => {
    server.listen(port, '127.0.0.1', () => resolve(server))
  })
}

describe.concurrent('a client', () => {
  test('that never reads its answer is given up; its turn is stored as cut, and others do not wait', {
    timeout: 60_000,
  }, async () => {
    const session = await openSession(call, babbler)
    const headers = [`Authorization: Bearer ${session.token}`]
    const asked = { url: session.messagesUrl, method: 'POST', headers, body: { text: 'go on' }, neverRead: true }
    const exchange = openRaw(asked)
    const turns = async () => turnsSchema.parse((await call('GET', `/v1/sessions/${session.id}/turns`)).body).data
    const other = await openSession(call, brief)
    const waitsMs: number[] = []
    await expect
      .poll(
        async () => {
          const startedMs = performance.now()
          expect(spoken(await say(other, { text: 'still there?' }))).toBe('Yes.')
          waitsMs.push(performance.now() - startedMs)
          return turns()
        },
        { timeout: 50_000, interval: 500 },
      )
      .toMatchObject([{ status: 'complete' }, { status: 'cut' }])
    expect((await turns())[1]?.text.length).toBeLessThan(maxSpokenCharacters)
    // Some 15 s of patience, in which others have been served: far sooner than they would be behind the one that waits.
    expect(waitsMs.length).toBeGreaterThan(5)
    expect(waitsMs.toSorted((a, b) => a - b)[Math.floor(waitsMs.length / 2)]).toBeLessThan(2_000)
    expect((await call('GET', `/v1/sessions/${session.id}`)).body['status']).toBe('in_progress')
    exchange.hangUp()
  })

  test.each([
    ['sends nothing at all', ''],
    ['never ends its headers', 'GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Slow: '],
  ])('that %s is disconnected after the 5 s that headers may take', { timeout: 40_000 }, async (_name, text) => {
    const { hostname, port } = new URL(server.url)
    const startedMs = performance.now()
    const socket = connect(Number(port), hostname)
    socket.write(text)
    socket.resume()
    await new Promise((resolve) => socket.once('close', resolve))
    expect(performance.now() - startedMs).toBeLessThan(15_000)
  })
})
