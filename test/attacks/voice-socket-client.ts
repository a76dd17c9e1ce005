/** Clients of the voice transport: one that behaves unless it is told otherwise, and bytes on a bare connection. */
import { connect, type Socket } from 'node:net'
import { tokenSubprotocolPrefix, voiceSubprotocol } from '@hyponema/contract'
import { WebSocket } from 'ws'
import { z } from 'zod'
import { publicOrigin, type Session } from './voice-socket-server.ts'

export type Said = { readonly type: string; readonly id: string; readonly data?: unknown }
export type Ended = { readonly code: number; readonly reason: string }

export type ConnectOptions = {
  readonly path?: string
  /** In order; the token's own when left out. */
  readonly protocols?: readonly string[]
  readonly headers?: Readonly<Record<string, string>>
  readonly autoPong?: boolean
}

const saidSchema = z.object({ label: z.literal('rtvi-ai'), type: z.string(), id: z.string(), data: z.unknown() })

let addresses = 0

/** An address that no other client has. */
export function freshAddress(): string {
  addresses += 1
  return `203.0.${Math.floor(addresses / 250)}.${(addresses % 250) + 1}`
}

/** Protocol buffers once more, by hand, so that the server's reader is held to something else than its own library. */
function varint(value: number): Buffer {
  const bytes: number[] = []
  let rest = value
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128)
  return Buffer.from([...bytes, rest])
}

/** A field of bytes, or a frame of that kind. */
export function frameOf(field: number, inner: Uint8Array): Buffer {
  return Buffer.concat([varint(field * 8 + 2), varint(inner.byteLength), inner])
}

export function soundFrame(pcm: Uint8Array, rate = 16_000, channels = 1): Buffer {
  return frameOf(2, Buffer.concat([frameOf(3, pcm), varint(4 * 8), varint(rate), varint(5 * 8), varint(channels)]))
}

/** As clients send packets of Opus: the name says so. */
export function opusFrame(packet: Uint8Array): Buffer {
  return frameOf(2, Buffer.concat([frameOf(2, Buffer.from('opus')), frameOf(3, packet)]))
}

export function envelopeFrame(type: string, data: unknown = {}, id = 'm1'): Buffer {
  return frameOf(4, frameOf(1, Buffer.from(JSON.stringify({ label: 'rtvi-ai', type, id, data }))))
}

/** The fields of bytes in a message, by number. */
function fieldsOf(bytes: Buffer): ReadonlyMap<number, Buffer> {
  const fields = new Map<number, Buffer>()
  let at = 0
  const next = (): number => {
    let value = 0
    for (let factor = 1; ; factor *= 128) {
      const byte = bytes.readUInt8(at)
      at += 1
      value += (byte % 128) * factor
      if (byte < 128) return value
    }
  }
  while (at < bytes.length) {
    const tag = next()
    const value = next()
    if (tag % 8 !== 2) continue
    fields.set(Math.floor(tag / 8), bytes.subarray(at, at + value))
    at += value
  }
  return fields
}

export class VoiceCaller {
  readonly socket: WebSocket
  readonly said: Said[] = []
  audioBytes = 0
  /** Each audio frame, by its name. */
  readonly sounds: Array<{ readonly name: string; readonly sound: Buffer }> = []
  /** Frames 5. */
  interruptions = 0
  readonly opened: Promise<void>
  /** Settles with the close frame, or 1006 where there was none. */
  readonly ended: Promise<Ended>
  /** The HTTP status of a refused handshake. */
  readonly refused: Promise<number>
  #watchers: Array<() => void> = []

  constructor(port: number, session: Session, options: ConnectOptions = {}) {
    const { path = session.path, autoPong = true } = options
    const protocols = options.protocols ?? [voiceSubprotocol, `${tokenSubprotocolPrefix}${session.token}`]
    const headers = { Origin: publicOrigin, 'X-Forwarded-For': freshAddress(), ...options.headers }
    this.socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, [...protocols], { headers, autoPong })
    this.socket.on('error', () => undefined)
    this.socket.on('message', (data) => this.#take(Buffer.isBuffer(data) ? data : Buffer.alloc(0)))
    this.opened = new Promise((resolve) => this.socket.once('open', resolve))
    this.refused = new Promise((resolve) => {
      this.socket.once('unexpected-response', (request, response) => {
        resolve(response.statusCode ?? 0)
        request.destroy()
      })
    })
    this.ended = new Promise((resolve) => {
      this.socket.once('close', (code, reason) => {
        resolve({ code, reason: reason.toString() })
        this.#wake()
      })
    })
  }

  send(frame: Uint8Array | string): void {
    this.socket.send(frame)
  }

  say(type: string, data: unknown = {}, id?: string): void {
    this.send(envelopeFrame(type, data, id))
  }

  /** Says `client-ready` and waits for its answer. */
  async ready(about?: unknown): Promise<this> {
    await this.opened
    this.say('client-ready', { version: '2.1.0', about })
    await this.heard('bot-ready')
    return this
  }

  async heard(type: string, which: (said: Said) => boolean = () => true): Promise<Said> {
    return this.until(() => this.said.find((one) => one.type === type && which(one)))
  }

  async until<Value>(look: () => Value | undefined | false): Promise<Value> {
    for (;;) {
      const value = look()
      if (value !== undefined && value !== false) return value
      if (this.socket.readyState === WebSocket.CLOSED) throw new Error('the socket has closed before that')
      await new Promise<void>((resolve) => this.#watchers.push(resolve))
    }
  }

  #take(bytes: Buffer): void {
    const frame = fieldsOf(bytes)
    if (frame.has(5)) this.interruptions += 1
    const audio = frame.get(2)
    if (audio !== undefined) this.#takeSound(fieldsOf(audio))
    const message = frame.get(4)
    if (message !== undefined) this.said.push(saidSchema.parse(JSON.parse(fieldsOf(message).get(1)?.toString() ?? '')))
    this.#wake()
  }

  #takeSound(fields: ReadonlyMap<number, Buffer>): void {
    const sound = fields.get(3) ?? Buffer.alloc(0)
    this.sounds.push({ name: fields.get(2)?.toString() ?? '', sound })
    this.audioBytes += sound.byteLength
  }

  #wake(): void {
    const watchers = this.#watchers
    this.#watchers = []
    for (const wake of watchers) wake()
  }
}

/** A bare connection whose handshake is done; nobody answers pings or closes on it. */
export async function rawVoiceSocket(port: number, session: Session): Promise<{ socket: Socket; gone: Promise<void> }> {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true })
  socket.on('error', () => undefined)
  const gone = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  socket.write(
    [
      `GET ${session.path}?token=${session.token} HTTP/1.1`,
      'Host: localhost',
      `Origin: ${publicOrigin}`,
      `X-Forwarded-For: ${freshAddress()}`,
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
      '\r\n',
    ].join('\r\n'),
  )
  await new Promise<void>((resolve) => socket.once('data', () => resolve()))
  return { socket, gone }
}

/** One frame of RFC 6455, masked with zeros, of less than 64 KiB unless a longer length is claimed. */
export function rawFrame(
  payload: Uint8Array,
  of: { opcode?: number; fin?: boolean; masked?: boolean; claimedBytes?: number } = {},
): Buffer {
  const { opcode = 2, fin = true, masked = true, claimedBytes = payload.byteLength } = of
  const head = Buffer.alloc(10)
  head[0] = (fin ? 0x80 : 0) | opcode
  head[1] = (masked ? 0x80 : 0) | 127
  head.writeBigUInt64BE(BigInt(claimedBytes), 2)
  return Buffer.concat([head, Buffer.alloc(masked ? 4 : 0), payload])
}
