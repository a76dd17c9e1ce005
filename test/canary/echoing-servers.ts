/** Providers that fail in every way and repeat the key that they were given: plain, encoded, in pieces, in headers and in the middle of a stream. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { WebSocket } from 'ws'
import { type SocketServer, startSocketServer } from '../harness-provider/start-socket-server.ts'

/** A key as somebody repeats it. */
const echoes: Readonly<Record<string, (key: string) => string>> = {
  plain: (key) => `Incorrect API key provided: ${key}. You can find it at the site.`,
  'in quotes': (key) => JSON.stringify({ error: { given: key } }),
  base64: (key) => `Invalid credentials ${Buffer.from(`Bearer ${key}`).toString('base64')} !`,
  'base64 after a user': (key) => `Basic ${Buffer.from(`key:${key}`).toString('base64url')}`,
  'percent-encoded': (key) => `no access to /v1/models?key=${encodeURIComponent(key)}&x=1`,
  hexadecimal: (key) => `key 0x${Buffer.from(key).toString('hex')} is unknown`,
  HTML: (key) => `<b>${key.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')}</b>`,
  'small letters': (key) => `unknown key ${key.toLowerCase()}`,
  'two lines': (key) => `${key.slice(0, 30)}\n${key.slice(30)}`,
  'its beginning': (key) => `the key ${key.slice(0, 20)}... is not known`,
  'its middle': (key) => `the key **${key.slice(22, 41)}** is not known`,
}

export const echoNames: readonly string[] = Object.keys(echoes)

type Fail = (response: ServerResponse, words: string) => void

const sse = { 'content-type': 'text/event-stream' }
const chunk = (delta: object, finish: string | null = null): string =>
  `data: ${JSON.stringify({ id: 'x', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`
const refuse =
  (status: number): Fail =>
  (response, words) =>
    response
      .writeHead(status, {
        'content-type': 'application/json',
        'retry-after': '1',
        'x-request-id': words.replaceAll(/\s+/g, ' '),
      })
      .end(JSON.stringify({ error: { message: words, type: words, code: words, param: words } }))

/** How it fails. */
const failures: Readonly<Record<string, Fail>> = {
  401: refuse(401),
  400: refuse(400),
  429: refuse(429),
  500: refuse(500),
  'a page': (response, words) => response.writeHead(403, { 'content-type': 'text/html' }).end(`<html>${words}</html>`),
  'an unreadable answer': (response, words) => response.writeHead(200, sse).end(`data: {"choices": [${words}\n\n`),
  'an error in mid-stream': (response, words) =>
    response
      .writeHead(200, sse)
      .end(
        `${chunk({ content: 'Well' })}data: ${JSON.stringify({ error: { message: words, type: words, code: 401 } })}\n\n`,
      ),
  'a cut': (response, words) => {
    response.writeHead(200, { ...sse, 'x-request-id': words.replaceAll(/\s+/g, ' ') })
    response.write(chunk({ content: 'Well' }), () => response.destroy())
  },
  'a broken connection': (response) => response.destroy(),
  'a redirect': (response, words) =>
    response.writeHead(307, { location: `http://127.0.0.1:1/${encodeURIComponent(words)}` }).end(),
}

export const failureNames: readonly string[] = Object.keys(failures)

export type EchoingModel = { readonly url: string; readonly close: () => Promise<void> }

/**
 * Speaks OpenAI's chat completions. A message `fail: <failure> / <echo>` is answered so, and so is what is asked below
 * `/fail/<failure>/<echo>`; what is asked below `/good/<echo>` with an answer in JSON that repeats the key; anything else with
 * "Hello there.".
 */
export async function startEchoingModel(): Promise<EchoingModel> {
  const server = createServer((request, response) => {
    void readBody(request).then((body) => answer(request, response, body))
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return {
    url: `http://127.0.0.1:${port}`,
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => {
        server.close(resolve)
      })
    },
  }
}

async function readBody(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const part of request) text += String(part)
  return text
}

function answer(request: IncomingMessage, response: ServerResponse, body: string): void {
  const url = decodeURIComponent(request.url ?? '')
  const good = /^\/good\/([^/?]+)/.exec(url)?.[1]
  if (good !== undefined) {
    const words = wordsFor(good, keyOf(request))
    const json = JSON.stringify({ text: words, [words]: [{ words }], headers: request.headers })
    response.writeHead(200, { 'content-type': 'application/json' }).end(json)
    return
  }
  const path = /^\/fail\/([^/]+)\/([^/]+)/.exec(url)
  const asked = path ?? [...body.matchAll(/fail: ([\w -]+) \/ ([\w -]+)/g)].at(-1)
  if (asked === undefined) {
    response.writeHead(200, sse).end(`${chunk({ content: 'Hello there.' })}${chunk({}, 'stop')}data: [DONE]\n\n`)
    return
  }
  const [, failure = '', echo = ''] = asked
  failures[failure]?.(response, wordsFor(echo, keyOf(request)))
}

function wordsFor(echo: string, key: string): string {
  const spell = echoes[echo]
  if (spell === undefined) throw new Error(`nobody repeats a key as ${echo}`)
  return spell(key)
}

function keyOf({ headers }: IncomingMessage): string {
  const named = headers['xi-api-key'] ?? headers.authorization ?? ''
  return String(named).replace(/^(?:Bearer|Token) /, '')
}

/** Takes the key of a speech or voice provider and repeats it: in the refusal of an upgrade, in a message, in the words of a close. */
export async function startEchoingSockets(): Promise<SocketServer> {
  let upgrades = 0
  const sockets: { key: string; echo: string; way: string }[] = []
  return startSocketServer({
    judge: (request) => {
      const nth = upgrades
      upgrades += 1
      const way = ['refusal', 'message', 'close', 'page'][nth % 4] ?? 'refusal'
      const echo = echoNames[Math.floor(nth / 4) % echoNames.length] ?? 'plain'
      const key = keyOf(request)
      if (way === 'message' || way === 'close') {
        sockets.push({ key, echo, way })
        return undefined
      }
      const words = wordsFor(echo, key)
      return {
        status: nth % 3 === 0 ? 401 : 500,
        body:
          way === 'page'
            ? words
            : JSON.stringify({
                err_code: 'INVALID_AUTH',
                err_msg: words,
                detail: { status: 'invalid_api_key', message: words },
              }),
      }
    },
    onSocket: (socket) => repeatKey(socket, sockets.shift()),
  })
}

function repeatKey(socket: WebSocket, told: { key: string; echo: string; way: string } | undefined): void {
  if (told === undefined) return socket.terminate()
  const words = wordsFor(told.echo, told.key)
  if (told.way === 'message') {
    socket.send(
      JSON.stringify({ type: 'Error', description: words, message: words, error: 'invalid_api_key', code: 1008 }),
    )
  }
  // A close has room for 123 bytes.
  socket.close(
    1008,
    Buffer.from(words)
      .subarray(0, 120)
      .toString('latin1')
      .replaceAll(/[^\x20-\x7e]/g, ' '),
  )
}
