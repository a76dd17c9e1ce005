import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { z } from 'zod'

const eventSchema = z.object({
  id: z.string(),
  type: z.string(),
  created_at: z.string(),
  data: z.object({ challenge: z.string() }),
})

/** One request as it came. */
export type Received = {
  readonly path: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
  readonly challenge: string
}

export type Receiver = {
  readonly origin: string
  readonly received: readonly Received[]
  /** What is answered below a path from now on. */
  readonly answer: (path: string, how: (got: Received, response: ServerResponse) => void) => void
  readonly close: () => Promise<void>
}

/** A receiver on loopback that answers challenges as a test says; where it says nothing, with the echo. */
export async function startChallengeReceiver(): Promise<Receiver> {
  const received: Received[] = []
  const answers = new Map<string, (got: Received, response: ServerResponse) => void>()
  const server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      const body = Buffer.concat(parts).toString('utf8')
      const path = request.url ?? ''
      const { challenge } = eventSchema.parse(JSON.parse(body)).data
      const got = { path, headers: request.headers, body, challenge }
      received.push(got)
      const how = answers.get(path) ?? echo
      how(got, response)
    })
  })
  server.on('connection', (socket) => socket.on('error', () => undefined))
  await new Promise<void>((settle) => {
    server.listen(0, '127.0.0.1', settle)
  })
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return {
    origin: `http://127.0.0.1:${port}`,
    received,
    answer: (path, how) => void answers.set(path, how),
    close: () =>
      new Promise((settle) => {
        server.closeAllConnections()
        server.close(() => settle())
      }),
  }
}

export function echo({ challenge }: Received, response: ServerResponse): void {
  response.setHeader('content-type', 'application/json')
  response.end(JSON.stringify({ challenge }))
}
