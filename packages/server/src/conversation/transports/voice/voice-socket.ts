/**
 * Threat: a client floods the server, sends what nobody can read, never reads, or stays behind half-open.
 * Rule: every direction has its bounds (data-boundary 5): bytes, frames, messages and sound that come in, bytes that wait to go
 * out, the time until `client-ready` and between pongs. Nothing is read before the session has been admitted.
 * On failure: the socket closes with its code, what comes after is not looked at, and three seconds later it is gone.
 *
 * admitting --admitted--> awaiting --client-ready--> open --any end--> closing --> closed
 *     |                      |                                            ^
 *     '------ refused -------'-- too slow, too much, gone: abandoned -----'
 *
 * admitting: the handshake is done, the stream stands still.
 * awaiting: messages other than client-ready are ignored, sound is judged and dropped. One that asks for Opus waits for the codec.
 * open: `bot-ready` was sent, the conversation has the client in its hands until it is told that it is gone, which happens as
 * soon as the end is decided, so that the next socket of the session can be let in.
 * closing: what was handed on is still being sent; nothing new is, nothing is listened to.
 */

import type { Duplex } from 'node:stream'
import { errorCatalogue, type VoiceCloseCode, type VoiceMessage, voiceCloseCodes } from '@hyponema/contract'
import type { RawData, WebSocket } from 'ws'
import { TokenBucket } from '../../../kernel/token-bucket.ts'
import type { CreateResampler } from '../../pipeline/voice/resample.ts'
import type { VoiceClient, VoiceEvents } from '../../pipeline/voice/voice-client.ts'
import type { AdmittedVoice } from './admit-voice.ts'
import { type AudioFrame, readClientFrame } from './client-frame.ts'
import type { VoiceClose } from './close-code-of.ts'
import { InboundBudgets } from './inbound-budgets.ts'
import type { LoadOpus } from './load-opus.ts'
import { Microphone } from './microphone.ts'
import { type OpusMachine, opusDelayMs } from './opus-machine.ts'
import { type ClientMessage, readClientMessage } from './read-client-message.ts'
import type { VoiceLog } from './voice-log.ts'
import { VoiceOutbox } from './voice-outbox.ts'
import type { VoiceSocketLimits } from './voice-socket-limits.ts'

export type VoiceSocketOptions = {
  /** Paused, without anything read. */
  readonly socket: WebSocket
  /** The stream below it. */
  readonly stream: Duplex
  readonly limits: VoiceSocketLimits
  readonly createResampler: CreateResampler
  readonly loadOpus: LoadOpus
  readonly log: VoiceLog
}

type Ready = Extract<ClientMessage, { type: 'client-ready' }>
type Awaiting = { readonly name: 'awaiting'; readonly admitted: AdmittedVoice; readonly timer: NodeJS.Timeout }
type State =
  | { readonly name: 'admitting' }
  | Awaiting
  | { readonly name: 'open'; readonly flushesOnFrame: boolean; readonly hasOpus: boolean }
  | { readonly name: 'closing' | 'closed' }

const malformed: VoiceClose = { code: voiceCloseCodes.malformed, reason: 'request.malformed' }
const textFrame: VoiceClose = { code: voiceCloseCodes.text_frame, reason: 'request.media_type' }
const tooLarge: VoiceClose = { code: voiceCloseCodes.too_large, reason: 'request.too_large' }
const tooSlow: VoiceClose = { code: voiceCloseCodes.idle_or_duration, reason: 'request.timeout' }
const tooMuch: VoiceClose = { code: voiceCloseCodes.limit, reason: 'request.rate_limited' }
const failed: VoiceClose = { code: voiceCloseCodes.internal, reason: 'server.internal' }

/** What a close frame has room for (RFC 6455, 5.5). */
const maxReasonBytes = 123
/** A client that speaks a newer protocol says so now and then, not with each message. */
const unknownLines = { burst: 5, perSecond: 0.1 }

export class VoiceSocket implements VoiceClient {
  readonly #socket: WebSocket
  readonly #stream: Duplex
  readonly #limits: VoiceSocketLimits
  readonly #loadOpus: LoadOpus
  readonly #log: VoiceLog
  readonly #budgets: InboundBudgets
  readonly #microphone: Microphone
  readonly #outbox: VoiceOutbox
  readonly #unknownLines = new TokenBucket(unknownLines, performance.now())
  readonly #closed = Promise.withResolvers<void>()
  #state: State = { name: 'admitting' }
  #events: VoiceEvents | undefined
  /** Whom to tell, once, that the socket is of no more use. */
  #onGone: (() => void) | undefined
  #bytesUntilReady = 0
  #pinger: NodeJS.Timeout | undefined
  #awaitsPong = false
  #pings = 0

  constructor({ socket, stream, limits, createResampler, loadOpus, log }: VoiceSocketOptions) {
    this.#socket = socket
    this.#stream = stream
    this.#limits = limits
    this.#loadOpus = loadOpus
    this.#log = log
    this.#budgets = new InboundBudgets(limits)
    this.#microphone = new Microphone(createResampler)
    this.#outbox = new VoiceOutbox({ socket, stream, limits, log, onOverflow: () => this.#drop(tooMuch) })
    socket.pause()
    socket.on('message', (data, isBinary) => this.#guarded(() => this.#onMessage(data, isBinary)))
    socket.on('ping', (data) => this.#onPing(data))
    socket.on('pong', (data) => this.#onPong(data))
    // Malformed at the level of WebSocket: ws has closed with the code that RFC 6455 has for it.
    socket.on('error', () => this.#leave())
    socket.once('close', (code) => this.#onClosed(code))
    stream.on('data', (chunk: Uint8Array) => this.#onBytes(chunk.byteLength))
  }

  /** Settles when nothing of the socket is left. */
  get closed(): Promise<void> {
    return this.#closed.promise
  }

  /** Reads from now on, and hands over when the client is ready. */
  admit(admitted: AdmittedVoice): void {
    if (this.#state.name !== 'admitting') return this.#tell(admitted.abandon)
    const timer = setTimeout(() => this.#drop(tooSlow), this.#limits.readyMs).unref()
    this.#state = { name: 'awaiting', admitted, timer }
    this.#onGone = admitted.abandon
    this.#pinger = setInterval(() => this.#ping(), this.#limits.pingMs).unref()
    this.#socket.resume()
  }

  /** Closes at once and unread. */
  refuse(close: VoiceClose): void {
    this.#drop(close)
  }

  // The conversation's side

  send(message: VoiceMessage): void {
    if (this.#state.name === 'open') this.#outbox.message(message)
  }

  get encoderDelayMs(): number | undefined {
    return this.#state.name === 'open' && this.#state.hasOpus ? opusDelayMs : undefined
  }

  beginSpeech(): void {
    this.#outbox.beginSpeech()
  }

  sendAudio(pcm: Uint8Array): boolean {
    return this.#state.name === 'open' && this.#outbox.audio(pcm)
  }

  interrupt(): void {
    if (this.#state.name !== 'open') return
    this.#outbox.beginSpeech()
    if (this.#state.flushesOnFrame) this.#outbox.interruption()
    else this.#outbox.message({ type: 'bot-interruption', data: {} })
  }

  close(code: VoiceCloseCode, reason: string): void {
    if (this.#state.name === 'admitting') return this.#drop({ code, reason })
    if (this.#leave()) this.#socket.close(code, fitting(reason))
  }

  // The client's side

  #onBytes(count: number): void {
    const hasRoom = this.#budgets.takesBytes(count)
    switch (this.#state.name) {
      case 'awaiting':
        this.#bytesUntilReady += count
        if (this.#bytesUntilReady > this.#limits.readyBytes) this.#drop(tooLarge)
        return
      case 'open':
        if (!hasRoom) this.#drop(tooMuch)
        return
      case 'closing':
        if (!hasRoom) this.#readNoMore()
        return
      case 'admitting':
      case 'closed':
    }
  }

  #onMessage(data: RawData, isBinary: boolean): void {
    if (!this.#isListening()) return
    if (!isBinary) return this.#drop(textFrame)
    if (!this.#budgets.takesFrame()) return this.#drop(tooMuch)
    const frame = data instanceof Uint8Array ? readClientFrame(data) : undefined
    switch (frame?.kind) {
      case undefined:
        return this.#drop(malformed)
      case 'audio':
        return this.#onAudio(frame)
      case 'message':
        return this.#onEnvelope(frame.json)
      case 'other':
    }
  }

  #onAudio(frame: AudioFrame): void {
    const lengthMs = this.#microphone.lengthMs(frame)
    if (lengthMs === undefined) return this.#drop(malformed)
    if (!this.#budgets.takesAudio(lengthMs)) return this.#drop(tooMuch)
    if (this.#state.name !== 'open') return
    const pcm = this.#microphone.hear(frame)
    if (pcm === undefined) return this.#drop(malformed)
    if (pcm.byteLength > 0) this.#events?.onAudio(pcm)
  }

  #onEnvelope(json: string): void {
    if (!this.#budgets.takesMessage()) return this.#drop(tooMuch)
    const message = readClientMessage(json)
    if (message === undefined) return this.#drop(malformed)
    if (this.#state.name === 'open') return this.#onClientMessage(message)
    if (this.#state.name === 'awaiting' && message.type === 'client-ready') this.#onReady(this.#state, message)
  }

  #onClientMessage(message: ClientMessage): void {
    switch (message.type) {
      case 'send-text':
        return this.#events?.onText(message.message)
      case 'playback':
        return this.#events?.onPlayback(message.report)
      case 'disconnect-bot':
        return this.#events?.onHangUp()
      case 'refused':
        return this.#outbox.message(
          { type: 'error-response', data: { error: errorCatalogue[message.code].title } },
          message.id,
        )
      case 'unknown':
        return this.#onUnknown(message.name)
      case 'dtmf':
        return this.#events?.onKeypad(message.buttons)
      case 'client-ready':
    }
  }

  #onUnknown(name: string): void {
    if (!this.#unknownLines.spend(1, performance.now())) return
    // A name that is none could be anything, also what somebody said.
    const said = /^[a-z-]{1,32}$/.test(name) ? name : 'an unreadable name'
    this.#log({ level: 'info', message: `a message of a voice client was ignored: ${said}` })
  }

  #onReady(awaiting: Awaiting, ready: Ready): void {
    if (!/^2(\.|$)/.test(ready.version)) {
      this.#outbox.message({ type: 'error', data: { error: errorCatalogue['request.malformed'].title, fatal: true } })
      return this.#drop(malformed)
    }
    if (!ready.asksForOpus) return this.#begin(awaiting, ready, undefined)
    void this.#loadOpus()
      .catch((error: unknown) => {
        this.#log({ level: 'error', message: 'Opus could not be loaded; a client that asked for it gets none', error })
        return undefined
      })
      .then((opus) => {
        // It may have gone, or have said it twice.
        if (this.#state === awaiting) this.#guarded(() => this.#begin(awaiting, ready, opus))
      })
  }

  #begin({ admitted, timer }: Awaiting, ready: Ready, opus: OpusMachine | undefined): void {
    clearTimeout(timer)
    this.#onGone = undefined
    if (opus !== undefined) {
      this.#microphone.decodeWith(opus.createDecoder())
      this.#outbox.encodeWith(opus.createEncoder())
    }
    this.#state = { name: 'open', flushesOnFrame: ready.announcesInterruption, hasOpus: opus !== undefined }
    const about = opus === undefined ? {} : { about: { audio_codec: 'opus' as const } }
    this.#outbox.message({ type: 'bot-ready', data: { version: ready.version, ...about } })
    this.#events = admitted.begin(this)
    this.#onGone = this.#events.onGone
  }

  #onPing(data: Buffer): void {
    if (!this.#isListening()) return
    // Answered here and not by ws: a client that only pings has its bounds too.
    if (!this.#budgets.takesFrame() || this.#socket.bufferedAmount > this.#limits.unsentBytes) this.#drop(tooMuch)
    else this.#socket.pong(data)
  }

  #onPong(data: Buffer): void {
    // One that nobody asked for says nothing about what has been read.
    if (data.toString('latin1') === String(this.#pings)) this.#awaitsPong = false
    if (this.#isListening() && !this.#budgets.takesFrame()) this.#drop(tooMuch)
  }

  #ping(): void {
    if (this.#awaitsPong) {
      this.#leave()
      return this.#socket.terminate()
    }
    this.#awaitsPong = true
    this.#pings += 1
    this.#socket.ping(String(this.#pings))
  }

  // Ends

  #isListening(): boolean {
    return this.#state.name === 'awaiting' || this.#state.name === 'open'
  }

  /** Closes, and reads nothing more: what follows a violation is not worth its parsing. */
  #drop({ code, reason }: VoiceClose): void {
    if (!this.#leave()) return
    this.#socket.close(code, reason)
    this.#readNoMore()
  }

  /** Not a reset, with which the close frame could be lost on a client that is still sending. */
  #readNoMore(): void {
    this.#socket.pause()
    // The other side's answer is not read, so that its own end is all that can tell it.
    this.#stream.end()
  }

  /** False when that was decided before. */
  #leave(): boolean {
    const { name } = this.#state
    if (name === 'closing' || name === 'closed') return false
    if (this.#state.name === 'awaiting') clearTimeout(this.#state.timer)
    clearInterval(this.#pinger)
    this.#microphone.close()
    this.#state = { name: 'closing' }
    // Later, because the conversation may be in the middle of handing something on.
    queueMicrotask(() => this.#tellGone())
    return true
  }

  #onClosed(code: number): void {
    // A client that closes with intent has hung up; a page that goes away (1001) or a lost connection (1006) may come back.
    if (this.#state.name === 'open' && (code === 1000 || code === noCode)) this.#guarded(() => this.#events?.onHangUp())
    this.#leave()
    this.#state = { name: 'closed' }
    this.#closed.resolve()
  }

  #tellGone(): void {
    const onGone = this.#onGone
    this.#onGone = undefined
    this.#events = undefined
    if (onGone !== undefined) this.#tell(onGone)
  }

  #tell(what: () => void): void {
    try {
      what()
    } catch (error) {
      this.#log({ level: 'error', message: 'the end of a voice socket was not taken', error })
    }
  }

  /** Whatever fails for one client stays with it. */
  #guarded(act: () => void): void {
    try {
      act()
    } catch (error) {
      this.#log({ level: 'error', message: 'a message of a voice client could not be handled', error })
      this.#drop(failed)
    }
  }
}

/** What `ws` says of a close frame without a code (RFC 6455, 7.1.5). */
const noCode = 1005

function fitting(reason: string): string {
  return Buffer.byteLength(reason) <= maxReasonBytes ? reason : ''
}
