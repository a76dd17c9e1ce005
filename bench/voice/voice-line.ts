/** A caller that costs as little as can be: it looks at the first byte of a frame and reads only what tells it something. */
import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import { WebSocket } from 'ws'
import { z } from 'zod'
import { within as waitAtMost } from '../../packages/server/src/kernel/within.ts'

export type LineMessage = { readonly type: string; readonly data: Record<string, unknown>; readonly atNs: bigint }

export type LineWatcher = {
  readonly onMessage?: (message: LineMessage) => void
  /** `frame` as it came; `soundOf` tells its sound. */
  readonly onAudio?: (atNs: bigint, frame: Uint8Array) => void
}

type Invitation = { readonly wsUrl: string; readonly token: string }

const messageSchema = z.object({ type: z.string(), data: z.record(z.string(), z.unknown()).optional() })
/** The tags of the fields of a frame, each a field number and "length delimited". */
const [audioTag, messageTag] = [0x12, 0x22] as const
const openWithinMs = 20_000

export class VoiceLine {
  readonly #socket: WebSocket
  #watcher: LineWatcher = {}
  #id = 0
  closed: { readonly code: number; readonly reason: string } | undefined

  private constructor(socket: WebSocket) {
    this.#socket = socket
    socket.on('message', (data: Buffer) => this.#take(data))
    socket.on('error', () => undefined)
    socket.once('close', (code, reason) => {
      this.closed = { code, reason: reason.toString() }
    })
  }

  /** @param nth which line of many: a single address may open twenty a second */
  static async open(invitation: Invitation, nth = 0): Promise<VoiceLine> {
    const { wsUrl, token } = invitation
    const socket = new WebSocket(wsUrl, ['hyponema.rtvi.v2', `hyponema.token.${token}`], {
      localAddress: `127.0.0.${2 + (nth % 200)}`,
      perMessageDeflate: false,
    })
    const line = new VoiceLine(socket)
    await within(
      openWithinMs,
      'bot-ready',
      new Promise<void>((resolve, reject) => {
        socket.once('close', (code, reason) => reject(new Error(`closed with ${code} ${reason.toString()}`)))
        socket.once('error', reject)
        line.watch({ onMessage: ({ type }) => (type === 'bot-ready' ? resolve() : undefined) })
        const about = { library: 'bench', platform_details: { interruption_frame: true } }
        socket.once('open', () => line.tell('client-ready', { version: '2.1.0', about }))
      }),
    )
    line.watch({})
    return line
  }

  watch(watcher: LineWatcher): void {
    this.#watcher = watcher
  }

  tell(type: string, data: unknown): void {
    this.#id += 1
    const json = JSON.stringify({ label: 'rtvi-ai', type, id: String(this.#id), data })
    const frame = new BinaryWriter().tag(4, WireType.LengthDelimited).fork()
    this.send(frame.tag(1, WireType.LengthDelimited).string(json).join().finish())
  }

  type(text: string): void {
    this.tell('send-text', { content: text, options: { run_immediately: true, audio_response: true } })
  }

  send(frame: Uint8Array): void {
    this.#socket.send(frame)
  }

  /** Milliseconds until the other side has closed too. */
  async close(): Promise<number> {
    const startedNs = process.hrtime.bigint()
    if (this.closed !== undefined) return 0
    const closed = new Promise<void>((resolve) => this.#socket.once('close', () => resolve()))
    this.#socket.close(1000)
    await within(openWithinMs, 'the close', closed)
    return Number(process.hrtime.bigint() - startedNs) / 1e6
  }

  #take(data: Buffer): void {
    const atNs = process.hrtime.bigint()
    const tag = data[0]
    if (tag === audioTag) this.#watcher.onAudio?.(atNs, data)
    else if (tag === messageTag && this.#watcher.onMessage !== undefined) {
      const { type, data: about = {} } = messageSchema.parse(JSON.parse(readText(data)))
      this.#watcher.onMessage({ type, data: about, atNs })
    }
  }
}

/** 20 ms of sound at 16 kHz, s16le, as a frame. */
export function audioFrame(pcm: Uint8Array): Uint8Array {
  const frame = new BinaryWriter().tag(2, WireType.LengthDelimited).fork()
  frame.tag(3, WireType.LengthDelimited).bytes(pcm).tag(4, WireType.Varint).uint32(16_000)
  return frame.tag(5, WireType.Varint).uint32(1).join().finish()
}

/** Rejects by name instead of waiting for ever. */
export async function within<Value>(ms: number, what: string, promise: Promise<Value>): Promise<Value> {
  return waitAtMost(ms, promise, () => new Error(`${what} did not come within ${ms} ms`))
}

function readText(frame: Uint8Array): string {
  return new TextDecoder().decode(bytesOfField(frame, 1) ?? new TextEncoder().encode('{}'))
}

/** The samples in a frame with sound. */
export function soundOf(frame: Uint8Array): Uint8Array {
  return bytesOfField(frame, 3) ?? new Uint8Array()
}

/** Of what is in the frame: each kind of it has its own fields. */
function bytesOfField(frame: Uint8Array, wanted: number): Uint8Array | undefined {
  const outer = new BinaryReader(frame)
  outer.tag()
  const inner = new BinaryReader(outer.bytes())
  while (inner.pos < inner.len) {
    const [field, wireType] = inner.tag()
    if (field === wanted && wireType === WireType.LengthDelimited) return inner.bytes()
    inner.skip(wireType, field)
  }
  return undefined
}
