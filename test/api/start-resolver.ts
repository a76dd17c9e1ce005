import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { parseAllowEntry } from '../../packages/server/src/platform/outbound/allow-entry.ts'
import { createOutboundDoor, type OutboundDoor } from '../../packages/server/src/platform/outbound/outbound-door.ts'

type Answer = (request: IncomingMessage, response: ServerResponse, body: string) => void

/** A backend on loopback that is asked for variables, and a real door that an installation entry opens for it. */
export type TestResolver = {
  readonly url: string
  readonly door: OutboundDoor
  /** What came: the key that it bore, and the body. */
  readonly asked: readonly { readonly key: string; readonly body: string }[]
  readonly answerWith: (answer: Answer) => void
  readonly close: () => Promise<void>
}

export async function startResolver(): Promise<TestResolver> {
  const asked: { key: string; body: string }[] = []
  let answer: Answer = (_request, response) => response.end('{"variables":{}}')
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (bytes: Buffer) => {
      body += bytes.toString()
    })
    request.on('end', () => {
      asked.push({ key: request.headers.authorization ?? '', body })
      answer(request, response, body)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const origin = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`
  const door = createOutboundDoor({
    allow: [parseAllowEntry(origin)],
    ownNames: [],
    ownAddresses: [],
    refusalStepMs: 1,
    resolver: async (host) => (host.endsWith('inside.example') ? ['10.0.0.1'] : ['93.184.215.14']),
  })
  return {
    url: `${origin}/variables`,
    door,
    asked,
    answerWith: (next) => {
      answer = next
    },
    close: async () => {
      await door.close()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
