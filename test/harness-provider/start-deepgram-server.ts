/**
 * A server on loopback that speaks Deepgram's live protocol as its documents describe it, and answers from the audio that it got:
 * who sends silence, noise or the wrong sample rate is not understood. And it misbehaves as told.
 */
import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { RawData, WebSocket } from 'ws'
import type { SpeechToTextSituation } from '../../packages/server/src/conversation/providers/test-harness/speech-to-text-situations.ts'
import type { SpeechClip } from './make-speech-clips.ts'
import { ClipRecogniser } from './recognise-clips.ts'
import { type Refusal, type SocketServer, startSocketServer } from './start-socket-server.ts'

export type DeepgramServer = SocketServer & {
  /** Connection by connection: the audio, and the types of the messages. */
  readonly received: readonly DeepgramConnection[]
}

export type DeepgramConnection = { readonly audio: () => Uint8Array; readonly messages: readonly string[] }

type Options = {
  readonly clips: readonly SpeechClip[]
  readonly key: string
  readonly situation?: SpeechToTextSituation
  readonly holdUntil?: Promise<void>
  /** Without audio or KeepAlive for so long the connection is closed with NET-0001. */
  readonly silenceTimeoutMs?: number
}

const bytesPerSecond = 32_000
/** The recogniser hears in pieces of 20 ms, whatever the size of the messages. */
const pieceBytes = 640
const cutAfterBytes = bytesPerSecond

export async function startDeepgramServer(options: Options): Promise<DeepgramServer> {
  const { situation = 'listens', holdUntil } = options
  const received: { audio: () => Uint8Array; messages: string[] }[] = []
  const server = await startSocketServer({
    judge: (request) => judge(request, options),
    ...(holdUntil === undefined ? {} : { holdUntil }),
    onSocket: (socket) => {
      const chunks: Uint8Array[] = []
      const messages: string[] = []
      received.push({ audio: () => Buffer.concat(chunks), messages })
      const behaviour = situation === 'is_cut_once' && received.length > 1 ? 'listens' : situation
      misbehaveAtOnce(socket, behaviour)
      const listener = new Listener(socket, { ...options, situation: behaviour })
      socket.on('message', (data, isBinary) => {
        if (isBinary) chunks.push(bytesOf(data))
        else messages.push(typeOf(data))
        listener.take(data, isBinary)
      })
    },
  })
  return { ...server, received }
}

function judge(request: IncomingMessage, { key, situation }: Options): Refusal | 'hang' | undefined {
  const url = new URL(request.url ?? '', 'ws://server')
  const query = (name: string): string | null => url.searchParams.get(name)
  if (situation === 'never_answers') return 'hang'
  if (situation === 'redirects') return { status: 307, headers: { location: 'ws://127.0.0.1:1/' } }
  if (situation === 'has_no_quota') return refusal(402, 'ASR_PAYMENT_REQUIRED', 'Project does not have enough credits')
  if (situation === 'limits_the_rate') {
    return { ...refusal(429, 'TOO_MANY_REQUESTS', 'Too many requests'), headers: { 'retry-after': '7' } }
  }
  if (situation === 'breaks') return refusal(500, 'INTERNAL_SERVER_ERROR', 'Internal server error')
  if (situation === 'refuses_the_request') return refusal(400, 'Bad Request', 'No such model/language/tier combination')
  if (request.headers.authorization !== `Token ${key}` || situation === 'refuses_the_key') {
    return refusal(401, 'INVALID_AUTH', `Invalid credentials: ${request.headers.authorization ?? 'none'}`)
  }
  if (url.pathname !== '/v1/listen') return refusal(404, 'Not Found', 'no such path')
  const asExpected = query('encoding') === 'linear16' && query('sample_rate') === '16000' && query('channels') === '1'
  return asExpected && query('model') ? undefined : refusal(400, 'Bad Request', 'unexpected encoding')
}

function refusal(status: number, code: string, message: string): Refusal {
  return { status, body: JSON.stringify({ err_code: code, err_msg: message, request_id: randomUUID() }) }
}

function misbehaveAtOnce(socket: WebSocket, situation: SpeechToTextSituation): void {
  if (situation === 'sends_a_huge_message') {
    socket.send(JSON.stringify({ type: 'Metadata', padding: 'x'.repeat(4_194_304) }))
  }
  if (situation === 'sends_garbage') {
    for (const garbage of ['<html>', '{"type":', '[]', '17', 'null', '{"type":7}']) {
      for (let times = 0; times < 4; times += 1) socket.send(garbage)
    }
  }
  if (situation === 'floods') floodOn(socket)
  if (situation === 'cannot_read_the_audio') socket.close(1008, 'DATA-0000: the payload cannot be decoded as audio')
  if (situation === 'sends_unknown_messages') {
    socket.send(JSON.stringify({ type: 'SpeechStarted', channel: [0], timestamp: 0 }))
    socket.send(JSON.stringify({ type: 'SomethingNew', results: [1, 2, 3] }))
    socket.send('not even JSON')
    socket.send(Buffer.from([1, 2, 3]))
  }
}

function floodOn(socket: WebSocket): void {
  if (socket.readyState !== socket.OPEN) return
  socket.send(JSON.stringify({ type: 'UtteranceEnd', channel: [0, 1], last_word_end: 1 }), () =>
    setImmediate(floodOn, socket),
  )
}

/** One connection: what is heard becomes Results, by the position in the audio and never by the clock. */
class Listener {
  readonly #socket: WebSocket
  readonly #options: Options
  readonly #recogniser: ClipRecogniser
  readonly #requestId = randomUUID()
  #bytes = 0
  /** Words of clips that are over, and since when. */
  #pending: readonly string[] = []
  #pendingSince = 0
  /** Of the running clip: how many words are final already. */
  #reported = 0
  #lastText = ''
  #finalUntil = 0
  #lastResults = 0
  #silence: NodeJS.Timeout | undefined

  constructor(socket: WebSocket, options: Options) {
    this.#socket = socket
    this.#options = options
    this.#recogniser = new ClipRecogniser(options.clips)
    this.#watchSilence()
    socket.once('close', () => clearTimeout(this.#silence))
  }

  take(data: RawData, isBinary: boolean): void {
    this.#watchSilence()
    if (!isBinary) return this.#takeMessage(typeOf(data))
    const audio = bytesOf(data)
    if (audio.byteLength === 0) return this.#socket.close(1008, 'DATA-0000: empty payload')
    for (let at = 0; at < audio.byteLength; at += pieceBytes) this.#hear(audio.subarray(at, at + pieceBytes))
  }

  get #position(): number {
    return this.#bytes / bytesPerSecond
  }

  #hear(piece: Uint8Array): void {
    const { situation } = this.#options
    this.#bytes += piece.byteLength
    if ((situation === 'is_cut_once' || situation === 'is_cut_off') && this.#bytes >= cutAfterBytes) {
      return this.#socket.terminate()
    }
    if (situation === 'goes_silent') return
    this.#recogniser.push(piece)
    this.#settleClip()
    const text = this.#text()
    if (text !== this.#lastText) return this.#tell({ text })
    if (text === '' || this.#position - this.#pendingSince < 0.3 || this.#recogniser.heard !== undefined) {
      // Nothing new: Deepgram says so about every second, and calls it final now and then.
      if (this.#position - this.#lastResults >= 1) this.#tell({ text, isFinal: text === '' })
    } else {
      this.#tell({ text, isFinal: true, speechFinal: true })
    }
  }

  #settleClip(): void {
    const heard = this.#recogniser.heard
    if (heard?.isOver !== true) return
    this.#pending = [...this.#pending, ...heard.words.slice(this.#reported)]
    this.#pendingSince = this.#position
    this.#reported = 0
    this.#recogniser.forget()
  }

  #text(): string {
    return [...this.#pending, ...(this.#recogniser.heard?.words.slice(this.#reported) ?? [])].join(' ')
  }

  #takeMessage(type: string): void {
    switch (type) {
      case 'KeepAlive':
        return
      case 'Finalize':
        return this.#options.situation === 'ignores_finalize' ? undefined : this.#finalize()
      case 'CloseStream':
        this.#finalize()
        this.#send({ type: 'Metadata', request_id: this.#requestId, duration: this.#position, channels: 1 })
        return this.#socket.close(1000)
      default:
        return this.#socket.close(1008, 'DATA-0000: unparsable client message')
    }
  }

  #finalize(): void {
    if (this.#options.situation === 'goes_silent') return
    this.#recogniser.flush()
    this.#settleClip()
    this.#tell({ text: this.#text(), isFinal: true, fromFinalize: true })
  }

  #tell(said: { text: string; isFinal?: boolean; speechFinal?: boolean; fromFinalize?: boolean }): void {
    const { text, isFinal = false, speechFinal = false, fromFinalize = false } = said
    const words = text.split(' ').filter((word) => word !== '')
    this.#send({
      type: 'Results',
      channel_index: [0, 1],
      duration: this.#position - this.#finalUntil,
      start: this.#finalUntil,
      is_final: isFinal,
      speech_final: speechFinal,
      channel: { alternatives: [{ transcript: text, confidence: 0.99, words: words.map((word) => ({ word })) }] },
      metadata: { request_id: this.#requestId, model_info: { name: 'loopback', version: '1', arch: 'clips' } },
      from_finalize: fromFinalize,
    })
    this.#lastText = isFinal ? '' : text
    this.#lastResults = this.#position
    if (!isFinal) return
    this.#finalUntil = this.#position
    this.#pending = []
    this.#reported = this.#recogniser.heard?.words.length ?? 0
  }

  #send(message: object): void {
    this.#socket.send(JSON.stringify(message))
  }

  #watchSilence(): void {
    clearTimeout(this.#silence)
    this.#silence = setTimeout(() => {
      this.#socket.close(1011, 'NET-0001: no audio within the timeout window')
    }, this.#options.silenceTimeoutMs ?? 10_000)
  }
}

function bytesOf(data: RawData): Uint8Array {
  if (Array.isArray(data)) return Buffer.concat(data)
  return data instanceof ArrayBuffer ? new Uint8Array(data) : data
}

function typeOf(data: RawData): string {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(bytesOf(data)).toString('utf8'))
    const type: unknown =
      typeof parsed === 'object' && parsed !== null ? Object.getOwnPropertyDescriptor(parsed, 'type')?.value : undefined
    return typeof type === 'string' ? type : 'unreadable'
  } catch {
    return 'unreadable'
  }
}
