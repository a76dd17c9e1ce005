import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { z } from 'zod'

const challengeSchema = z.object({ type: z.literal('webhook.challenge'), data: z.object({ challenge: z.string() }) })

export type Receiver = {
  readonly url: string
  /** Request line, headers and body of every request. */
  readonly received: readonly string[]
  readonly close: () => Promise<void>
}

/**
 * Receives webhooks: echoes a challenge, and answers every second event with a failure. Each answer has a secret of its own in a
 * header and a cookie, which nobody has to keep, and repeats the headers that it was sent.
 */
export async function startReceiver(ownSecret: string): Promise<Receiver> {
  const received: string[] = []
  const server = createServer((request, response) => {
    void readBody(request).then((body) => {
      received.push([`${request.method} ${request.url}`, ...request.rawHeaders, body].join('\n'))
      answer({ request, response, body, nth: received.length }, ownSecret)
    })
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return {
    url: `http://127.0.0.1:${port}`,
    received,
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => {
        server.close(resolve)
      })
    },
  }
}

type Exchange = {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly body: string
  readonly nth: number
}

function answer({ request, response, body, nth }: Exchange, ownSecret: string): void {
  const challenge = readChallenge(body)
  const headers = {
    'x-receiver-secret': ownSecret,
    'set-cookie': `receiver=${ownSecret}`,
    'www-authenticate': `Bearer ${ownSecret}`,
  }
  if (challenge !== undefined) response.writeHead(200, headers).end(challenge)
  else response.writeHead(nth % 2 === 0 ? 500 : 200, headers).end(JSON.stringify(request.headers))
}

function readChallenge(body: string): string | undefined {
  try {
    return challengeSchema.safeParse(JSON.parse(body)).data?.data.challenge
  } catch {
    return undefined
  }
}

async function readBody(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const part of request) text += String(part)
  return text
}
