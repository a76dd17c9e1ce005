/** For the tests of sockets: WebSocket servers on loopback, each with a door that opens it. Everything ends with `closeLoopback`. */
import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { createServer as createTcpServer, type Socket } from 'node:net'
import { type WebSocket, WebSocketServer } from 'ws'
import type { OutboundDoor, OutboundDoorOptions, OutboundSocketRequest } from '../outbound-door.ts'
import { listen, openDoor, secretHeader, workspaceId } from './loopback.ts'
import { makeCertificate } from './make-certificate.ts'

type End = Parameters<OutboundSocketRequest['onClose']>[0]

export type Opened = {
  readonly socket: Awaited<ReturnType<OutboundDoor['openSocket']>>
  readonly messages: readonly (string | Uint8Array)[]
  /** What had come when it was opened. */
  readonly opened: readonly (string | Uint8Array)[]
  readonly ends: readonly End[]
  readonly end: Promise<End>
}

export async function openSocket(
  door: OutboundDoor,
  request: Omit<OutboundSocketRequest, 'onMessage' | 'onClose'>,
  limits: Parameters<OutboundDoor['openSocket']>[1]['limits'] = {},
): Promise<Opened> {
  const messages: (string | Uint8Array)[] = []
  const ends: End[] = []
  const end = Promise.withResolvers<End>()
  const socket = await door.openSocket(
    {
      ...request,
      onMessage: (data) => messages.push(data),
      onClose: (told) => {
        ends.push(told)
        end.resolve(told)
      },
    },
    { workspaceId, onlyHosts: null, secretHeader, limits },
  )
  return { socket, messages, opened: [...messages], ends, end: end.promise }
}

type Serve = (socket: WebSocket, request: IncomingMessage) => unknown

export async function serve(
  answer: Serve,
  options: Partial<OutboundDoorOptions> = {},
  protocols: readonly string[] = [],
) {
  const server = createServer()
  accept(server, answer, protocols)
  const port = await listen(server)
  const url = `ws://127.0.0.1:${port}`
  return { door: openDoor([url], options), url: `${url}/v1`, port, connections: countConnections(server) }
}

function accept(server: Server, answer: Serve, protocols: readonly string[] = []): void {
  const sockets = new WebSocketServer({
    server,
    perMessageDeflate: false,
    ...(protocols.length === 0 ? {} : { handleProtocols: () => protocols[0] ?? false }),
  })
  sockets.on('connection', (socket, request) => {
    socket.on('error', () => undefined)
    answer(socket, request)
  })
}

export async function serveSecure(name: string) {
  const { certificate, key: privateKey } = makeCertificate(name)
  const server = createSecureServer({ cert: certificate, key: privateKey })
  let visits = 0
  accept(server, (socket, request) => {
    visits += 1
    socket.send(`${request.headers.host ?? ''} ${request.headers.authorization ?? ''}`)
  })
  return { port: await listen(server), certificate, visits: () => visits }
}

/** Refuses each upgrade with an ordinary answer. */
export async function serveHttp(status: number, headers: Record<string, string>, body: string) {
  const port = await listen(createServer((_request, response) => response.writeHead(status, headers).end(body)))
  return { door: openDoor([`ws://127.0.0.1:${port}`]), url: `ws://127.0.0.1:${port}/` }
}

export async function serveRaw(answer: (socket: Socket, request: string) => unknown) {
  const server = createTcpServer((socket) => socket.once('data', (bytes: Buffer) => answer(socket, bytes.toString())))
  const port = await listen(server)
  return {
    door: openDoor([`ws://127.0.0.1:${port}`]),
    url: `ws://127.0.0.1:${port}/`,
    connections: countConnections(server),
  }
}

function countConnections(server: ReturnType<typeof createTcpServer>): () => number {
  let count = 0
  server.on('connection', (socket: Socket) => {
    count += 1
    socket.once('end', () => socket.destroy())
    socket.once('close', () => (count -= 1))
  })
  return () => count
}

export function upgradeAnswer(request: string, header = ''): string {
  const asked = /sec-websocket-key: (\S+)/i.exec(request)?.[1] ?? ''
  const accepted = createHash('sha1').update(`${asked}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')
  const own = header.startsWith('sec-websocket-accept') ? [] : [`sec-websocket-accept: ${accepted}`]
  const lines = ['HTTP/1.1 101 Switching Protocols', 'upgrade: websocket', 'connection: upgrade', ...own]
  return `${[...lines, ...(header === '' ? [] : [header])].join('\r\n')}\r\n\r\n`
}
