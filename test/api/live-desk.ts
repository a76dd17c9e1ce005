/** The live socket of operators on a real port, and a page that speaks to it by the bytes. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import { type LiveFrame, liveFrameSchema, liveTicketSchema, operatorSubprotocol } from '@hyponema/contract'
import { vi } from 'vitest'
import { WebSocket } from 'ws'
import { type Api, publicOrigin } from './api-harness.ts'

export async function openLiveServer(api: Pick<Api, 'operators'>) {
  const server = createServer((_request, response) => response.end())
  server.on('upgrade', api.operators.handle)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return { port, close: () => new Promise<void>((closed) => server.close(() => closed())) }
}

export async function liveTicket(api: Api, credential: string): Promise<string> {
  const answer = await api.a.call('POST', '/v1/escalations/live-tickets', { credential, body: {} })
  return liveTicketSchema.parse(answer.body).ticket
}

export class LiveDesk {
  readonly frames: LiveFrame[] = []
  closed: { readonly code: number; readonly reason: string } | undefined
  readonly socket: WebSocket

  constructor(
    port: number,
    options: {
      readonly ticket?: string
      readonly protocols?: readonly string[]
      readonly headers?: Readonly<Record<string, string>>
      readonly autoPong?: boolean
      readonly path?: string
    },
  ) {
    const { ticket = '', headers = { origin: publicOrigin }, autoPong = true, path = '/v1/escalations/live' } = options
    const protocols = options.protocols ?? [operatorSubprotocol, `hyponema.token.${ticket}`]
    this.socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, [...protocols], { headers, autoPong })
    this.socket.on('error', () => undefined)
    this.socket.on('message', (data, isBinary) => {
      if (isBinary || !Buffer.isBuffer(data)) throw new Error('a binary frame came')
      this.frames.push(liveFrameSchema.parse(JSON.parse(data.toString())))
    })
    this.socket.once('close', (code, reason) => {
      this.closed = { code, reason: reason.toString() }
    })
  }

  send(frame: object | string): void {
    this.socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame))
  }

  last<Type extends LiveFrame['type']>(type: Type): Extract<LiveFrame, { type: Type }> | undefined {
    return this.frames.findLast((frame): frame is Extract<LiveFrame, { type: Type }> => frame.type === type)
  }

  async until<Value>(look: () => Value | undefined | false): Promise<Value> {
    return vi.waitFor(
      () => {
        const found = look()
        if (found === undefined || found === false)
          throw new Error(`not yet: ${JSON.stringify([this.frames, this.closed])}`)
        return found
      },
      { timeout: 10_000, interval: 10 },
    )
  }

  end(): Promise<{ readonly code: number; readonly reason: string }> {
    return this.until(() => this.closed)
  }
}
