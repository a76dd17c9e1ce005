/** A real WebSocket server on loopback, as the vendors' servers for tests begin: it writes down who came and refuses as told. */
import { createServer, type IncomingHttpHeaders, type IncomingMessage, STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import { type WebSocket, WebSocketServer } from 'ws'

export type Refusal = {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

export type SocketServer = {
  /** `http://127.0.0.1:port`, as a base URL is written; the entry that opens it to a door begins with `ws:`. */
  readonly url: string
  readonly allowEntry: string
  readonly upgrades: readonly { readonly url: string; readonly headers: IncomingHttpHeaders }[]
  /** How many connections stand. */
  readonly openConnections: () => number
  /** Ends the standing connections: with a close, or without a word. */
  readonly dropConnections: (farewell?: { code: number; reason: string }) => void
  readonly close: () => Promise<void>
}

export async function startSocketServer(options: {
  /** `hang`: the upgrade is never answered. `holdUntil`: it is answered later. */
  readonly judge: (request: IncomingMessage) => Refusal | 'hang' | undefined
  readonly holdUntil?: Promise<void>
  readonly onSocket: (socket: WebSocket, request: IncomingMessage) => void
}): Promise<SocketServer> {
  const upgrades: { url: string; headers: IncomingHttpHeaders }[] = []
  const connections = new Set<Socket>()
  const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false })
  const server = createServer((_request, response) => response.writeHead(426).end())
  server.on('connection', (connection: Socket) => {
    connections.add(connection)
    connection.on('error', () => undefined)
    connection.once('close', () => connections.delete(connection))
  })
  server.on('upgrade', (request: IncomingMessage, connection: Socket, head: Buffer) => {
    upgrades.push({ url: request.url ?? '', headers: request.headers })
    const verdict = options.judge(request)
    if (verdict === 'hang') {
      // Nobody answers, but that the other side has gone is noticed.
      connection.once('end', () => connection.destroy())
      connection.resume()
      return
    }
    if (verdict !== undefined) {
      connection.end(refusalText(verdict))
      return
    }
    void (options.holdUntil ?? Promise.resolve()).then(() => {
      if (connection.destroyed) return
      sockets.handleUpgrade(request, connection, head, (socket) => {
        socket.on('error', () => undefined)
        options.onSocket(socket, request)
      })
    })
  })
  await new Promise<void>((settle) => {
    server.listen(0, '127.0.0.1', settle)
  })
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return {
    url: `http://127.0.0.1:${port}`,
    allowEntry: `ws://127.0.0.1:${port}`,
    upgrades,
    openConnections: () => connections.size,
    dropConnections: (farewell) => {
      if (farewell === undefined) for (const connection of connections) connection.destroy()
      else for (const socket of sockets.clients) socket.close(farewell.code, farewell.reason)
    },
    close: async () => {
      for (const connection of connections) connection.destroy()
      await new Promise((settle) => {
        server.close(settle)
      })
    },
  }
}

function refusalText({ status, headers = {}, body = '' }: Refusal): string {
  const lines = Object.entries({ 'content-length': String(Buffer.byteLength(body)), connection: 'close', ...headers })
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')
  return `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Refused'}\r\n${head}\r\n${body}`
}
