import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import { WebSocket } from 'ws'
import type { OpusPhone } from './opus-phone.ts'

export type CallerMessage = { readonly type: string; readonly data: Record<string, unknown>; readonly atMs: number }
export type CallerAudio = { readonly pcm: Buffer; readonly atMs: number }

/** How to reach a voice session, as `POST /v1/sessions` answered. */
export type CallerSession = { readonly wsUrl: string; readonly token: string }

/** A phone of our own making: speaks RTVI over a socket by the bytes and writes down all that comes. */
export class VoiceCaller {
  readonly messages: CallerMessage[] = []
  readonly audio: CallerAudio[] = []
  /** The audio as it travelled, where that was Opus. */
  readonly packets: Buffer[] = []
  /** Frames 5: what was sent and not played is to be dropped. */
  readonly interruptions: number[] = []
  /** Everything that came, as it came. */
  readonly raw: Buffer[] = []
  closed: { readonly code: number; readonly reason: string } | undefined
  readonly #socket: WebSocket
  readonly #watchers = new Set<() => void>()
  readonly #opus: OpusPhone | undefined
  #id = 0

  constructor(session: CallerSession, headers: Readonly<Record<string, string>> = {}, opus?: OpusPhone) {
    this.#opus = opus
    this.#socket = new WebSocket(session.wsUrl, ['hyponema.rtvi.v2', `hyponema.token.${session.token}`], { headers })
    this.#socket.binaryType = 'nodebuffer'
    this.#socket.on('message', (data: Buffer) => this.#take(data))
    this.#socket.on('close', (code, reason) => {
      this.closed = { code, reason: reason.toString() }
      this.#wake()
    })
    this.#socket.on('error', () => undefined)
  }

  /** Opens the socket, says `client-ready` and waits for `bot-ready`. */
  static async connect(
    session: CallerSession,
    headers?: Readonly<Record<string, string>>,
    opus?: OpusPhone,
  ): Promise<VoiceCaller> {
    const caller = new VoiceCaller(session, headers, opus)
    await caller.opened()
    caller.tell('client-ready', {
      version: '2.1.0',
      about: {
        library: 'voice-caller',
        platform_details: { interruption_frame: true, ...(opus === undefined ? {} : { audio_codec: 'opus' }) },
      },
    })
    await caller.until(() => caller.closed !== undefined || caller.has('bot-ready'), 'bot-ready')
    return caller
  }

  /** The handshake is done; nothing was said yet. */
  async opened(): Promise<void> {
    await this.until(() => this.#socket.readyState === WebSocket.OPEN || this.closed !== undefined, 'open')
  }

  tell(type: string, data: unknown): void {
    this.#id += 1
    const json = JSON.stringify({ label: 'rtvi-ai', type, id: String(this.#id), data })
    this.sendRaw(
      new BinaryWriter()
        .tag(4, WireType.LengthDelimited)
        .fork()
        .tag(1, WireType.LengthDelimited)
        .string(json)
        .join()
        .finish(),
    )
  }

  type(text: string, options: { run_immediately?: boolean; audio_response?: boolean } = {}): void {
    this.tell('send-text', { content: text, options: { run_immediately: true, audio_response: true, ...options } })
  }

  /** s16le, one channel; in Opus 20 ms at a time. */
  speak(pcm: Uint8Array, sampleRate = 16_000): void {
    const frame = new BinaryWriter().tag(2, WireType.LengthDelimited).fork()
    if (this.#opus !== undefined) frame.tag(2, WireType.LengthDelimited).string('opus')
    const sound = this.#opus?.encode(pcm) ?? pcm
    frame.tag(3, WireType.LengthDelimited).bytes(sound).tag(4, WireType.Varint).uint32(sampleRate)
    this.sendRaw(frame.tag(5, WireType.Varint).uint32(1).join().finish())
  }

  sendRaw(bytes: Uint8Array | string): void {
    this.#socket.send(bytes)
  }

  /** Goes without a word, as when the network is lost. */
  lose(): void {
    this.#socket.terminate()
  }

  close(): void {
    this.#socket.close(1000)
  }

  has(type: string): boolean {
    return this.messages.some((message) => message.type === type)
  }

  /** Messages of ours (`server-message`) of one type. */
  own(type: string): readonly Record<string, unknown>[] {
    return this.messages.flatMap(({ type: outer, data }) =>
      outer === 'server-message' && data['type'] === type ? [data] : [],
    )
  }

  /** What the agent said, as its words came. */
  get words(): string {
    return this.messages.map(({ type, data }) => (type === 'bot-llm-text' ? String(data['text']) : '')).join('')
  }

  get heardMs(): number {
    return this.audio.reduce((sum, { pcm }) => sum + pcm.byteLength / 48, 0)
  }

  get soundBytes(): number {
    return this.packets.reduce((sum, packet) => sum + packet.byteLength, 0)
  }

  /** Waits until it is so, looking whenever something comes. */
  async until(isSo: () => boolean, what: string, withinMs = 20_000): Promise<void> {
    if (isSo()) return
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#watchers.delete(look)
        const seen = this.messages.slice(-12).map(({ type, data }) => `${type} ${JSON.stringify(data)}`)
        reject(new Error(`${what} did not come within ${withinMs} ms; closed ${this.closed?.code}; ${seen.join('; ')}`))
      }, withinMs)
      const look = (): void => {
        if (!isSo()) return
        clearTimeout(timer)
        this.#watchers.delete(look)
        resolve()
      }
      this.#watchers.add(look)
      this.#socket.once('open', look)
    })
  }

  /** Waits for the end of the n-th turn, counted from 1. */
  async turnEnd(nth: number, withinMs?: number): Promise<Record<string, unknown>> {
    await this.until(() => this.own('turn_end').length >= nth || this.closed !== undefined, `turn_end ${nth}`, withinMs)
    return this.own('turn_end')[nth - 1] ?? {}
  }

  #take(data: Buffer): void {
    const atMs = performance.now()
    this.raw.push(data)
    const reader = new BinaryReader(data)
    const [field] = reader.tag()
    const inner = reader.bytes()
    if (field === 2) this.#takeSound(inner, atMs)
    else if (field === 5) this.interruptions.push(atMs)
    else if (field === 4) {
      const { type, data: about }: { type: string; data?: Record<string, unknown> } = JSON.parse(
        readField(inner, 1).toString('utf8'),
      )
      this.messages.push({ type, data: about ?? {}, atMs })
    }
    this.#wake()
  }

  #takeSound(inner: Uint8Array, atMs: number): void {
    const sound = readField(inner, 3)
    const isOpus = readField(inner, 2).toString() === 'opus'
    if (isOpus) this.packets.push(sound)
    this.audio.push({ pcm: (isOpus ? this.#opus?.decode(sound) : undefined) ?? sound, atMs })
  }

  #wake(): void {
    for (const look of this.#watchers) look()
  }
}

function readField(bytes: Uint8Array, wanted: number): Buffer {
  const reader = new BinaryReader(bytes)
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag()
    if (field === wanted) return Buffer.from(reader.bytes())
    reader.skip(wireType, field)
  }
  return Buffer.alloc(0)
}

/** Root mean square of s16le samples, 0..1. */
export function loudness(pcm: Buffer): number {
  let sum = 0
  for (let at = 0; at + 1 < pcm.length; at += 2) sum += (pcm.readInt16LE(at) / 32_768) ** 2
  return Math.sqrt(sum / Math.max(1, pcm.length / 2))
}
