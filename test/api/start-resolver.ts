import type { IncomingMessage, ServerResponse } from 'node:http'
import type { OutboundDoor } from '../../packages/server/src/platform/outbound/outbound-door.ts'
import { openLoopbackServer } from './open-loopback-server.ts'

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
  const { origin, door, close } = await openLoopbackServer((request, response) => {
    let body = ''
    request.on('data', (bytes: Buffer) => {
      body += bytes.toString()
    })
    request.on('end', () => {
      asked.push({ key: request.headers.authorization ?? '', body })
      answer(request, response, body)
    })
  })
  return {
    url: `${origin}/variables`,
    door,
    asked,
    answerWith: (next) => {
      answer = next
    },
    close,
  }
}
