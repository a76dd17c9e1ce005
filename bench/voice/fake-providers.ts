/**
 * Deepgram, ElevenLabs and OpenAI on one port of loopback, without any latency of their own: what is measured is what stands
 * between them and the listener. Every final transcript names its caller and its number, so that whoever hears it knows when it left.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type WebSocket, WebSocketServer } from 'ws'
import { answerTo } from './answers.ts'
import { speakTones } from './speak-tones.ts'

/** `atNs`: CLOCK_MONOTONIC, which all processes of a machine share, at the moment before the final was handed to the socket. */
export type SentFinal = { readonly caller: number; readonly nth: number; readonly atNs: bigint }

export type FakeProviders = { readonly port: number; readonly close: () => void }

type Options = {
  /** Told after the final has left. */
  readonly onFinal: (sent: SentFinal) => void
}

/** Time for the server to finish with the sound that came last, as any provider takes it. */
const finalAfterMs = 10

export async function startFakeProviders(options: Options): Promise<FakeProviders> {
  const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false })
  const listeners: Listeners = { sayFinal: undefined }
  const server = createServer((request, response) => {
    // Some clients open their connection with a GET before they need it.
    if (request.url?.endsWith('/chat/completions') === true && request.method === 'POST')
      return void complete(request, response)
    if (request.url === '/final') listeners.sayFinal?.()
    response.end()
  })
  let callers = 0
  server.on('upgrade', (request, connection, head) => {
    sockets.handleUpgrade(request, connection, head, (socket) => {
      socket.on('error', () => undefined)
      const path = request.url ?? ''
      if (path.startsWith('/v1/listen')) {
        callers += 1
        listen(socket, callers, options, listeners)
      } else if (path.startsWith('/v1/text-to-speech/')) speakTones(socket, path)
      else socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }))
    })
  })
  await new Promise<void>((settle) => {
    server.listen(0, '127.0.0.1', settle)
  })
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    close: () => {
      server.close()
      server.closeAllConnections()
      for (const socket of sockets.clients) socket.terminate()
    },
  }
}

/** Makes the youngest listener hear a question now: for a peer that waits for the provider to end a turn by itself. */
type Listeners = { sayFinal: (() => void) | undefined }

/** Understands every utterance as the same question, by its caller, when it is asked for final words. */
function listen(socket: WebSocket, caller: number, { onFinal }: Options, listeners: Listeners): void {
  let heardBytes = 0
  let nth = 0
  const sayFinal = (): void => {
    setTimeout(() => {
      nth += 1
      const final = finalResults(`Caller ${caller} asks ${nth} times when you are open.`, heardBytes / 32_000)
      const atNs = process.hrtime.bigint()
      socket.send(final)
      onFinal({ caller, nth, atNs })
    }, finalAfterMs)
  }
  listeners.sayFinal = sayFinal
  socket.on('message', (data: Buffer, isBinary) => {
    if (isBinary) heardBytes += data.byteLength
    else if (data.includes('"Finalize"')) sayFinal()
  })
}

function finalResults(transcript: string, heardSeconds: number): string {
  return JSON.stringify({
    type: 'Results',
    channel_index: [0, 1],
    start: 0,
    duration: heardSeconds,
    is_final: true,
    speech_final: true,
    from_finalize: true,
    channel: { alternatives: [{ transcript, confidence: 0.99, words: [] }] },
    metadata: { request_id: 'bench', model_info: { name: 'bench', version: '1', arch: 'bench' } },
  })
}

async function complete(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const parts: Buffer[] = []
  for await (const part of request) if (Buffer.isBuffer(part)) parts.push(part)
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  for (const piece of answerTo(Buffer.concat(parts).toString('utf8'))) response.write(event({ content: piece }))
  response.write(event({}, 'stop'))
  const usage = { prompt_tokens: 50, completion_tokens: 30, total_tokens: 80 }
  response.end(`${chunk({ choices: [], usage })}data: [DONE]\n\n`)
}

function event(delta: object, finish: string | null = null): string {
  const role = finish === null ? { role: 'assistant' } : {}
  return chunk({ choices: [{ index: 0, delta: { ...role, ...delta }, finish_reason: finish }] })
}

function chunk(fields: object): string {
  return `data: ${JSON.stringify({ id: 'bench', object: 'chat.completion.chunk', created: 0, model: 'bench', ...fields })}\n\n`
}
