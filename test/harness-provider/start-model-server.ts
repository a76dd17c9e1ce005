/**
 * A loopback server that speaks OpenAI's chat completions (streamed), built from the documented messages, for what a mock of the
 * protocol cannot do: endless, half, huge, silent and broken answers.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { ModelSituation } from './model-situations.ts'

export type ModelServer = {
  /** With `/v1`, as a base URL is written. */
  readonly url: string
  /** All that was received, request by request: request line, headers, body. */
  readonly received: readonly string[]
  /** Settles when the first connection has been closed. */
  readonly hungUp: Promise<void>
  readonly close: () => Promise<void>
}

type Say = (response: ServerResponse) => void

/** Starts on a free port of 127.0.0.1 and treats every request as the situation says. */
export async function startModelServer(situation: ModelSituation): Promise<ModelServer> {
  const received: string[] = []
  const sockets = new Set<Socket>()
  const hungUp = Promise.withResolvers<void>()
  const server = createServer((request, response) => {
    readWhole(request).then(
      (whole) => {
        received.push(whole)
        answers[situation](response)
      },
      () => response.destroy(),
    )
  })
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => {
      sockets.delete(socket)
      hungUp.resolve()
    })
    socket.on('error', () => undefined)
  })
  await new Promise<void>((settle) => {
    server.listen(0, '127.0.0.1', settle)
  })
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return {
    url: `http://127.0.0.1:${port}/v1`,
    received,
    hungUp: hungUp.promise,
    close: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((settle) => {
        server.close(settle)
      })
    },
  }
}

async function readWhole(request: IncomingMessage): Promise<string> {
  const chunks = [`${request.method ?? ''} ${request.url ?? ''}`, request.rawHeaders.join('\n')]
  for await (const chunk of request) chunks.push(String(chunk))
  return chunks.join('\n')
}

const answers: Readonly<Record<ModelSituation, Say>> = {
  answers: (response) => stream(response, [text('Hello'), text(' there.'), finish('stop'), usage(12, 3)]),
  answers_without_usage: (response) => stream(response, [text('Hello'), text(' there.'), finish('stop')]),
  claims_absurd_usage: (response) =>
    stream(response, [text('Hello'), text(' there.'), finish('stop'), usage(-5, 1e300)]),
  wishes_tools: (response) =>
    stream(response, [
      text('One moment.'),
      call(0, 'call_a', 'book_slot', '{"day":'),
      more(0, '"Tuesday"}'),
      call(1, 'call_b', 'look_up', '{}'),
      finish('tool_calls'),
      usage(20, 9),
    ]),
  repeats_call_ids: (response) =>
    stream(response, [
      call(0, 'say the word', 'book_slot', '{"a":1}'),
      call(1, 'call_1', 'book_slot', '{"a":2}'),
      finish('stop'),
      usage(1, 1),
    ]),
  names_a_tool_unreadably: (response) =>
    stream(response, [call(0, 'call_a', 'take 500 mg', '{}'), finish('tool_calls')]),
  splits_events: (response) => {
    const bytes = Buffer.from(
      [text('Grüße, '), text('日本語.'), finish('stop'), usage(7, 4)].map(event).join('') + done,
    )
    open(response)
    dripBytes(response, bytes)
  },
  is_cut_off: (response) => {
    open(response)
    response.write(event(text('Hello')), () => response.destroy())
  },
  ends_without_finish: (response) => stream(response, [text('Hello')]),
  is_cut_in_a_tool_call: (response) => stream(response, [text('Hello'), call(0, 'call_a', 'pay', '{"amount":1}')]),
  stops_at_the_limit: (response) => stream(response, [text('Hello'), text(' the'), finish('length'), usage(5, 2)]),
  is_filtered: (response) => stream(response, [text('Hello'), finish('content_filter'), usage(5, 1)]),
  says_nothing: (response) => stream(response, [text(''), finish('stop'), usage(5, 0)]),
  stops_at_the_limit_in_a_tool_call: (response) =>
    stream(response, [text('Hello'), call(0, 'call_a', 'pay', '{"amount":1'), finish('length'), usage(5, 5)]),
  refuses_the_key: (response) =>
    refuse(response, 401, {
      message: 'Incorrect API key provided: sk-conformance-0123456789. You can find it at the site.',
      code: 'invalid_api_key',
    }),
  limits_the_rate: (response) => {
    response.setHeader('retry-after', '7')
    refuse(response, 429, { message: 'Rate limit reached', code: 'rate_limit_exceeded' })
  },
  has_no_quota: (response) =>
    refuse(response, 429, { message: 'You exceeded your current quota', code: 'insufficient_quota' }),
  refuses_the_request: (response) => refuse(response, 400, { message: 'Unknown model', code: 'model_not_found' }),
  breaks: (response) => refuse(response, 500, { message: 'The server had an error', code: null }),
  breaks_in_mid_stream: (response) =>
    stream(response, [
      text('Hello'),
      { error: { message: 'The server is overloaded', type: 'server_error', code: 503 } },
    ]),
  redirects: (response) => response.writeHead(307, { location: 'http://127.0.0.1:1/' }).end(),
  answers_a_page: (response) =>
    response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Welcome to our hotspot</html>'),
  sends_invalid_json: (response) => {
    open(response)
    response.end(`${event(text('Hello'))}data: {"choices": [tru\n\n${event(finish('stop'))}${done}`)
  },
  never_answers: () => undefined,
  never_speaks: (response) => {
    open(response)
    const beat = setInterval(() => response.write(': PROCESSING\n\n'), 10)
    response.once('close', () => clearInterval(beat))
  },
  stalls_in_mid_stream: (response) => {
    open(response)
    response.write(event(text('Hello')))
  },
  speaks_endlessly: (response) => {
    open(response)
    speakOn(response)
  },
  sends_a_huge_delta: (response) => stream(response, [text('Hello'), text('x'.repeat(10_485_760)), finish('stop')]),
  sends_a_huge_error: (response) => refuse(response, 400, { message: 'x '.repeat(8_000_000), code: null }),
}

const done = 'data: [DONE]\n\n'

function open(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' })
}

function stream(response: ServerResponse, chunks: readonly object[]): void {
  open(response)
  response.end(chunks.map(event).join('') + done)
}

function refuse(response: ServerResponse, status: number, error: { message: string; code: string | null }): void {
  response
    .writeHead(status, { 'content-type': 'application/json' })
    .end(JSON.stringify({ error: { type: 'error', param: null, ...error } }))
}

function event(chunk: object): string {
  const frame = { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1_700_000_000, model: 'fake', ...chunk }
  return `data: ${JSON.stringify('error' in chunk ? chunk : frame)}\n\n`
}

function choice(delta: object, finishReason: string | null = null): object {
  return { choices: [{ index: 0, delta, finish_reason: finishReason }] }
}

function text(content: string): object {
  return choice({ role: 'assistant', content })
}

function call(index: number, id: string, name: string, args: string): object {
  return choice({ tool_calls: [{ index, id, type: 'function', function: { name, arguments: args } }] })
}

function more(index: number, args: string): object {
  return choice({ tool_calls: [{ index, function: { arguments: args } }] })
}

function finish(reason: string): object {
  return choice({}, reason)
}

function usage(promptTokens: number, completionTokens: number): object {
  return {
    choices: [],
    usage: {
      prompt_tokens: promptTokens,
      completion_tokens: completionTokens,
      total_tokens: promptTokens + completionTokens,
    },
  }
}

/** One byte a write, so that events, lines and characters arrive in pieces. */
function dripBytes(response: ServerResponse, bytes: Buffer): void {
  if (bytes.length === 0) {
    response.end()
    return
  }
  response.write(bytes.subarray(0, 1), () => setImmediate(dripBytes, response, bytes.subarray(1)))
}

function speakOn(response: ServerResponse): void {
  if (response.destroyed) return
  response.write(event(text('and on and on ')), () => setImmediate(speakOn, response))
}
