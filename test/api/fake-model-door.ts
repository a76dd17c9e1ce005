import { z } from 'zod'
import { parseAllowEntry } from '../../packages/server/src/platform/outbound/allow-entry.ts'
import {
  createOutboundDoor,
  type OutboundDoor,
  type OutboundUse,
} from '../../packages/server/src/platform/outbound/outbound-door.ts'
import { withSecretHeader } from '../../packages/server/src/platform/outbound/outbound-headers.ts'

/** What a fake provider does next, one piece at a time, as the test says. */
export type FakeReply = {
  readonly say: (text: string) => void
  readonly wishTool: (name: string, argumentsJson: string) => void
  readonly finish: () => void
  /** The connection breaks in the middle of the answer. */
  readonly breakOff: () => void
}

export type FakeModelDoor = OutboundDoor & {
  /** The bodies of the requests that the model got, with the mark of a session read as the blank that it stands for. */
  readonly requests: readonly string[]
  /** The keys that those requests bore, as they went out. */
  readonly keys: readonly string[]
  /** What endpoints were sent, as it would have left. */
  readonly hooks: readonly { readonly headers: Headers; readonly body: Uint8Array }[]
  /** In whose name and within which list each of them came. */
  readonly uses: readonly OutboundUse[]
  /** The next request of a model, once it has come. */
  readonly nextRequest: () => Promise<FakeReply>
}

/** Every name is public but those below `inside.example`; the one place of this machine is where documents of tests say their provider is. */
const judging = createOutboundDoor({
  allow: [parseAllowEntry('http://127.0.0.1:9')],
  ownNames: [],
  ownAddresses: [],
  resolver: async (host) => (host.endsWith('inside.example') ? ['10.0.0.1'] : ['93.184.215.14']),
  refusalStepMs: 1,
})

/** A door behind which an OpenAI-compatible provider answers exactly when and what a test tells it to; it judges targets as any door. */
export function createFakeModelDoor(): FakeModelDoor {
  const requests: string[] = []
  const keys: string[] = []
  const hooks: { headers: Headers; body: Uint8Array }[] = []
  const uses: OutboundUse[] = []
  const waiting: ((reply: FakeReply) => void)[] = []
  const come: FakeReply[] = []
  return {
    requests,
    keys,
    hooks,
    uses,
    nextRequest: () => {
      const reply = come.shift()
      return reply === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(reply)
    },
    fetch: (request, use) =>
      withSecretHeader({}, use.secretHeader, async (headers) => {
        const asSent = new Headers(request.headers)
        if (asSent.has('webhook-signature')) {
          hooks.push({ headers: asSent, body: Buffer.from(request.body ?? '') })
          return echo(request.body)
        }
        uses.push(use)
        requests.push(typeof request.body === 'string' ? request.body.replaceAll(/\p{Co}/gu, ' ') : '')
        if (use.secretHeader !== undefined) keys.push(headers[use.secretHeader.name] ?? '')
        const { response, reply } = makeAnswer(request.signal)
        const reader = waiting.shift()
        if (reader === undefined) come.push(reply)
        else reader(reply)
        return response
      }),
    openSocket: () => Promise.reject(new Error('no sockets here')),
    judge: judging.judge,
    isOpened: judging.isOpened,
    close: () => Promise.resolve(),
  }
}

/** What a willing endpoint answers: the challenge that it was sent. */
function echo(body: string | Uint8Array | undefined): Response {
  const event: unknown = JSON.parse(Buffer.from(body ?? '').toString('utf8'))
  const { data } = challengeSchema.parse(event)
  return Response.json({ challenge: data?.challenge ?? null })
}

const challengeSchema = z.object({ data: z.object({ challenge: z.string().optional() }).nullable() })

function makeAnswer(signal: AbortSignal | undefined): { response: Response; reply: FakeReply } {
  let stream: ReadableStreamDefaultController<Uint8Array> | undefined
  let calls = 0
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => {
      stream = controller
      const hangUp = (): void => {
        stream = undefined
        controller.error(signal?.reason)
      }
      signal?.addEventListener('abort', hangUp, { once: true })
    },
    cancel: () => {
      stream = undefined
    },
  })
  // Once the caller has hung up, what a provider says goes nowhere.
  const send = (data: string): void => stream?.enqueue(new TextEncoder().encode(`data: ${data}\n\n`))
  const chunk = (delta: object, finish: string | null = null): void =>
    send(JSON.stringify({ id: 'c1', model: 'fake', choices: [{ index: 0, delta, finish_reason: finish }] }))
  const reply: FakeReply = {
    say: (text) => chunk({ role: 'assistant', content: text }),
    wishTool: (name, argumentsJson) => {
      calls += 1
      chunk({
        tool_calls: [
          { index: calls - 1, id: `call${calls}`, type: 'function', function: { name, arguments: argumentsJson } },
        ],
      })
    },
    finish: () => {
      chunk({}, calls > 0 ? 'tool_calls' : 'stop')
      send('[DONE]')
      stream?.close()
    },
    breakOff: () => stream?.error(new TypeError('socket hang up')),
  }
  return { response: new Response(body, { headers: { 'content-type': 'text/event-stream' } }), reply }
}
