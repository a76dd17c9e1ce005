import type { IncomingMessage, ServerResponse } from 'node:http'
import type { OutboundDoor } from '../../packages/server/src/platform/outbound/outbound-door.ts'
import { openLoopbackServer } from './open-loopback-server.ts'

type Reply = { readonly status: number; readonly body: string } | 'hang up'

/** An OpenAI-compatible provider on loopback, and a real door that an installation entry opens for it. */
export type FakeProvider = {
  /** Its base URL. */
  readonly url: string
  readonly door: OutboundDoor
  /** What came, as `METHOD /path`, with the key that it bore. */
  readonly calls: readonly { readonly what: string; readonly key: string }[]
  /** Answers every call with this, in place of what a good key gets; undefined puts it back. */
  readonly answerWith: (reply: ((key: string) => Reply) | undefined) => void
  readonly close: () => Promise<void>
}

export async function startFakeProvider(): Promise<FakeProvider> {
  const calls: { what: string; key: string }[] = []
  let reply: ((key: string) => Reply) | undefined
  const { origin, door, close } = await openLoopbackServer((request, response) => {
    const key = keyOf(request)
    calls.push({ what: `${request.method} ${request.url}`, key })
    request.resume()
    request.on('end', () => answer(request, response, reply?.(key)))
  })
  return {
    url: `${origin}/v1`,
    door,
    calls,
    answerWith: (next) => {
      reply = next
    },
    close,
  }
}

function keyOf({ headers }: IncomingMessage): string {
  const special = headers['xi-api-key']
  return (typeof special === 'string' ? special : (headers.authorization ?? '')).replace(/^(?:Bearer|Token) /, '')
}

function answer(request: IncomingMessage, response: ServerResponse, reply: Reply | undefined): void {
  if (reply === 'hang up') {
    request.socket.destroy()
  } else if (reply !== undefined) {
    response.writeHead(reply.status, { 'content-type': 'application/json' }).end(reply.body)
  } else if (request.method === 'GET') {
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"data":[]}')
  } else {
    const chunk = (delta: object, finish: string | null): string =>
      `data: ${JSON.stringify({ id: 'c', model: 'm', choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.end(`${chunk({ role: 'assistant', content: 'Good day.' }, null)}${chunk({}, 'stop')}data: [DONE]\n\n`)
  }
}
