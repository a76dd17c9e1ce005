import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import { buffer } from 'node:stream/consumers'

/** A request that came, whole. */
export type Arrival = {
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
  /** `webhook-id`. */
  readonly id: string
}

export type ReceiverAnswer =
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string }
  /** The connection is cut, or nothing is ever said. */
  | 'cut'
  | 'hang'

export type Receiver = {
  readonly origin: string
  readonly port: number
  readonly arrivals: readonly Arrival[]
  readonly at: (path: string) => readonly Arrival[]
  /** What is answered from now on. */
  readonly answerWith: (answer: (arrival: Arrival) => ReceiverAnswer | Promise<ReceiverAnswer>) => void
  /** The most requests that were there at the same time. */
  readonly mostAtOnce: (path: string) => number
  readonly close: () => Promise<void>
}

/** A customer's backend on loopback. It answers 200 until a test says otherwise, and keeps everything that comes. */
export async function startReceiver(): Promise<Receiver> {
  const arrivals: Arrival[] = []
  const running = new Map<string, number>()
  const most = new Map<string, number>()
  let answer: (arrival: Arrival) => ReceiverAnswer | Promise<ReceiverAnswer> = () => ({ status: 200 })
  const server = createServer((request, response) => {
    const path = request.url ?? ''
    const count = (running.get(path) ?? 0) + 1
    running.set(path, count)
    most.set(path, Math.max(count, most.get(path) ?? 0))
    response.once('close', () => running.set(path, (running.get(path) ?? 1) - 1))
    void buffer(request).then(
      async (body) => {
        const arrival = { path, headers: request.headers, body, id: String(request.headers['webhook-id']) }
        arrivals.push(arrival)
        send(response, await answer(arrival))
        // A client that has gone needs no answer.
      },
      () => undefined,
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const { port } = address
  return {
    origin: `http://127.0.0.1:${port}`,
    port,
    arrivals,
    at: (path) => arrivals.filter((arrival) => arrival.path === path),
    answerWith: (next) => {
      answer = next
    },
    mostAtOnce: (path) => most.get(path) ?? 0,
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function send(response: ServerResponse, answer: ReceiverAnswer): void {
  if (answer === 'hang') return
  if (answer === 'cut') return void response.destroy()
  response.writeHead(answer.status, answer.headers)
  response.end(answer.body ?? '')
}
