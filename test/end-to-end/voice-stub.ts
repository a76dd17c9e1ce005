/**
 * The server's part of a voice conversation, played by the test: it takes sockets, keeps what they sent, and says what the
 * test tells it to say. The frames are written down here once more, so that the widget's codec is held to something else.
 */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import { tokenSubprotocolPrefix, voiceSubprotocol } from '@hyponema/contract'
import { type WebSocket, WebSocketServer } from 'ws'

export type Envelope = { readonly type: string; readonly data: unknown }

/** One socket of the client. */
export class StubSocket {
  readonly token: string
  readonly envelopes: Envelope[] = []
  /** s16le, as it came, with the time of its arrival. */
  readonly audio: Array<{ readonly pcm: Buffer; readonly atMs: number; readonly rate: number }> = []
  /** Packets of Opus, by the name of their frames. */
  readonly packets: Buffer[] = []
  closeCode: number | undefined
  readonly #socket: WebSocket
  #watchers: Array<() => void> = []
  #messageId = 0

  constructor(socket: WebSocket, token: string) {
    this.#socket = socket
    this.token = token
    socket.on('message', (data) => this.#take(Buffer.isBuffer(data) ? data : Buffer.alloc(0)))
    socket.on('close', (code) => {
      this.closeCode = code
      this.#wake()
    })
  }

  /** Waits until something of this socket is so. */
  async until<Value>(look: () => Value | undefined | false): Promise<Value> {
    for (;;) {
      const value = look()
      if (value !== undefined && value !== false) return value
      await new Promise<void>((resolve) => this.#watchers.push(resolve))
    }
  }

  envelope(type: string, which: (data: unknown) => boolean = () => true): Promise<Envelope> {
    return this.until(() => this.envelopes.find((one) => one.type === type && which(one.data)))
  }

  say(type: string, data: object = {}): void {
    this.#messageId += 1
    const json = JSON.stringify({ label: 'rtvi-ai', type, id: `m${this.#messageId}`, data })
    this.#socket.send(field(4, field(1, Buffer.from(json))))
  }

  own(type: string, data: object): void {
    this.say('server-message', { type, ...data })
  }

  /** Answers `client-ready` as our server does, with or without Opus. */
  async ready(resume = { token: 'resume-1', window_seconds: 30, listens: true }, codec?: 'opus'): Promise<void> {
    await this.envelope('client-ready')
    this.say('bot-ready', { version: '2.1.0', ...(codec === undefined ? {} : { about: { audio_codec: codec } }) })
    this.own('resume', { ...resume, session_id: 'ses_01jd3v7t6zf3m8k2x9w4c5b6n7' })
  }

  sendAudio(pcm: Buffer): void {
    const audio = Buffer.concat([field(2, Buffer.from('audio')), field(3, pcm), varint(4, 24_000), varint(5, 1)])
    this.#socket.send(field(2, audio))
  }

  sendPacket(packet: Uint8Array): void {
    const audio = [field(2, Buffer.from('opus')), field(3, Buffer.from(packet)), varint(4, 24_000), varint(5, 1)]
    this.#socket.send(field(2, Buffer.concat(audio)))
  }

  interrupt(): void {
    this.#socket.send(field(5, Buffer.alloc(0)))
  }

  sendRaw(bytes: Buffer): void {
    this.#socket.send(bytes)
  }

  close(code: number, reason = ''): void {
    this.#socket.close(code, reason)
  }

  /** As when the cable is pulled. */
  drop(): void {
    this.#socket.terminate()
  }

  #take(frame: Buffer): void {
    for (const [number, content] of fields(frame)) {
      if (number === 4 && Buffer.isBuffer(content)) this.#takeMessage(content)
      if (number === 2 && Buffer.isBuffer(content)) this.#takeAudio(content)
    }
    this.#wake()
  }

  #takeMessage(content: Buffer): void {
    for (const [number, text] of fields(content)) {
      if (number !== 1 || !Buffer.isBuffer(text)) continue
      const envelope: Envelope = JSON.parse(text.toString('utf8'))
      this.envelopes.push(envelope)
    }
  }

  #takeAudio(content: Buffer): void {
    const all = new Map(fields(content))
    const [name, pcm, rate] = [all.get(2), all.get(3), all.get(4)]
    if (!Buffer.isBuffer(pcm)) return
    if (Buffer.isBuffer(name) && name.toString() === 'opus') this.packets.push(pcm)
    else this.audio.push({ pcm, atMs: performance.now(), rate: typeof rate === 'number' ? rate : 0 })
  }

  #wake(): void {
    for (const wake of this.#watchers.splice(0)) wake()
  }
}

export class VoiceStub {
  readonly sockets: StubSocket[] = []
  readonly #http: Server
  readonly #sockets: WebSocketServer
  #watchers: Array<() => void> = []
  /** When set, the next upgrades are closed at once with this code. */
  refuseWith: number | undefined

  constructor(listener?: RequestListener) {
    this.#http = createServer(listener)
    this.#sockets = new WebSocketServer({ server: this.#http, handleProtocols: () => voiceSubprotocol })
    this.#sockets.on('connection', (socket, request) => {
      if (this.refuseWith !== undefined) return socket.close(this.refuseWith)
      this.sockets.push(new StubSocket(socket, tokenOf(request)))
      for (const wake of this.#watchers.splice(0)) wake()
    })
  }

  async listen(): Promise<string> {
    this.#http.listen(0, '127.0.0.1')
    await once(this.#http, 'listening')
    const address = this.#http.address()
    return `127.0.0.1:${typeof address === 'object' ? (address?.port ?? 0) : 0}`
  }

  /** The socket with this number, counted from 0, as soon as it is there. */
  async socket(index: number): Promise<StubSocket> {
    for (;;) {
      const socket = this.sockets[index]
      if (socket !== undefined) return socket
      await new Promise<void>((resolve) => this.#watchers.push(resolve))
    }
  }

  close(): void {
    for (const client of this.#sockets.clients) client.terminate()
    this.#http.closeAllConnections()
    this.#http.close()
  }
}

function tokenOf(request: IncomingMessage): string {
  const offered = (request.headers['sec-websocket-protocol'] ?? '').split(', ')
  return (offered.find((one) => one.startsWith(tokenSubprotocolPrefix)) ?? '').slice(tokenSubprotocolPrefix.length)
}

function field(number: number, content: Buffer): Buffer {
  return Buffer.concat([Buffer.from([(number << 3) | 2]), length(content.length), content])
}

function varint(number: number, value: number): Buffer {
  return Buffer.concat([Buffer.from([number << 3]), length(value)])
}

function length(value: number): Buffer {
  const bytes: number[] = []
  let rest = value
  while (rest > 127) {
    bytes.push((rest & 127) | 128)
    rest >>>= 7
  }
  return Buffer.from([...bytes, rest])
}

/** The fields of a protobuf message: numbers and byte strings, which is all that these frames have. */
function fields(bytes: Buffer): Array<[number, number | Buffer]> {
  const found: Array<[number, number | Buffer]> = []
  let at = 0
  const read = () => {
    let [value, shift] = [0, 0]
    for (;;) {
      const byte = bytes[at] ?? 0
      at += 1
      value += (byte & 127) * 2 ** shift
      shift += 7
      if (byte < 128) return value
    }
  }
  while (at < bytes.length) {
    const key = read()
    const value = read()
    if ((key & 7) === 0) found.push([key >>> 3, value])
    else {
      found.push([key >>> 3, bytes.subarray(at, at + value)])
      at += value
    }
  }
  return found
}
