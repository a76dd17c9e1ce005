/**
 * One conversation over one socket after the other.
 *
 *   opening -> handshake      the socket is open; the owner says who it is (`client-ready`)
 *   handshake -> live         the owner has seen `bot-ready` and calls `confirm()`
 *   opening | handshake -> ended       the first socket failed: its token is spent, so nothing is tried again
 *   live -> reconnecting -> opening    the socket was lost, a resume token is there and its window is open
 *   reconnecting -> ended              the window is over
 *   any -> ended                       the server closed for a reason of its own, or `close()`
 *
 * Bounds: 10 s for each handshake; 64 KiB of unsent audio (6 KiB of Opus), then new audio is dropped; 256 KiB of anything unsent, then the
 * socket counts as lost.
 */

import { tokenSubprotocolPrefix, voiceSubprotocol } from '@hyponema/contract'
import { readServerFrame, type ServerFrame } from './read-server-frame.ts'
import { reconnectDelay } from './reconnect-delay.ts'
import { endingOf, type VoiceEnding } from './voice-ending.ts'

export type LinkState =
  | { readonly kind: 'opening' }
  | { readonly kind: 'handshake' }
  | { readonly kind: 'live' }
  | { readonly kind: 'reconnecting' }
  | { readonly kind: 'ended'; readonly ending: VoiceEnding }

export type LinkOptions = {
  readonly onState: (state: LinkState) => void
  readonly onFrame: (frame: ServerFrame) => void
  /** Monotonic. */
  readonly nowMs: () => number
  /** For tests; 10 s otherwise. */
  readonly handshakeMs?: number
}

const defaultHandshakeMs = 10_000
/** Two seconds of microphone: what is older is of no use to the one who listens. */
const maxUnsentAudioBytes = 64 * 1024
const maxUnsentOpusBytes = 6 * 1024
/** Nothing has left for eight seconds and more, so nobody takes it. */
const maxUnsentBytes = 256 * 1024
/** Two attempts within a window cannot both be the first; a server that takes longer than this is given up at the next. */
const leastWindowMs = 1000

type Resume = { readonly token: string; readonly windowMs: number }

export class VoiceLink {
  readonly #options: LinkOptions
  #state: LinkState = { kind: 'opening' }
  #url = ''
  #socket: WebSocket | undefined
  #timer: ReturnType<typeof setTimeout> | undefined
  #resume: Resume | undefined
  #lostAtMs: number | undefined
  #attempt = 0
  #droppedAudioFrames = 0

  constructor(options: LinkOptions) {
    this.#options = options
  }

  get state(): LinkState {
    return this.#state
  }

  /** Microphone frames that were not sent because the network did not take them. */
  get droppedAudioFrames(): number {
    return this.#droppedAudioFrames
  }

  open(url: string, token: string): void {
    this.#url = url
    this.#openSocket(token)
  }

  /** The server has said that it is ready. */
  confirm(): void {
    if (this.#state.kind !== 'handshake') return
    clearTimeout(this.#timer)
    this.#lostAtMs = undefined
    this.#attempt = 0
    this.#set({ kind: 'live' })
  }

  /** What opens the next socket, should this one be lost. Each replaces the one before. */
  keepResumeToken(token: string, windowSeconds: number): void {
    this.#resume = { token, windowMs: Math.max(leastWindowMs, windowSeconds * 1000) }
  }

  /** False: there is no open socket. */
  send(bytes: Uint8Array<ArrayBuffer>): boolean {
    const socket = this.#socket
    if (socket?.readyState !== WebSocket.OPEN) return false
    socket.send(bytes)
    if (socket.bufferedAmount > maxUnsentBytes) this.#lose(socket, 1006)
    return true
  }

  sendAudio(bytes: Uint8Array<ArrayBuffer>, codec: 'samples' | 'opus' = 'samples'): void {
    if (this.#state.kind !== 'live') return
    const maxUnsent = codec === 'opus' ? maxUnsentOpusBytes : maxUnsentAudioBytes
    if ((this.#socket?.bufferedAmount ?? 0) > maxUnsent) this.#droppedAudioFrames += 1
    else this.send(bytes)
  }

  /** The network is back: no use in waiting on. */
  retryNow(): void {
    if (this.#state.kind === 'reconnecting') this.#reopen()
  }

  /** Ends it from our side. Twice is once. */
  close(): void {
    this.#end({ kind: 'ended', closeCode: undefined })
  }

  #openSocket(token: string): void {
    this.#set({ kind: 'opening' })
    const socket = new WebSocket(this.#url, [voiceSubprotocol, `${tokenSubprotocolPrefix}${token}`])
    this.#socket = socket
    socket.binaryType = 'arraybuffer'
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#giveUp(socket), this.#options.handshakeMs ?? defaultHandshakeMs)
    socket.addEventListener('open', () => {
      if (socket === this.#socket) this.#set({ kind: 'handshake' })
    })
    socket.addEventListener('message', ({ data }) => {
      if (socket !== this.#socket || !(data instanceof ArrayBuffer)) return
      const frame = readServerFrame(data)
      if (frame !== undefined) this.#options.onFrame(frame)
    })
    socket.addEventListener('close', ({ code, reason }) => this.#lose(socket, code, reason))
  }

  #giveUp(socket: WebSocket): void {
    if (this.#lostAtMs === undefined && socket === this.#socket) {
      this.#end({ kind: socket.readyState === WebSocket.OPEN ? 'silent' : 'unreachable', closeCode: undefined })
    } else this.#lose(socket, 1006)
  }

  /** The socket is closed, or as good as. */
  #lose(socket: WebSocket, code: number, reason?: string): void {
    if (socket !== this.#socket || this.#state.kind === 'ended') return
    const wasLive = this.#state.kind === 'live'
    this.#drop()
    const ending = endingOf(code, reason)
    const isResuming = this.#lostAtMs !== undefined
    if (ending !== undefined && !(isResuming && (ending.kind === 'limit' || ending.kind === 'token')))
      return this.#end(ending)
    // A resume token that is not taken: the server let the session go meanwhile.
    if (isResuming && ending?.kind === 'token') return this.#end({ kind: 'lost', closeCode: code })
    if (!wasLive && !isResuming) return this.#end({ kind: 'unreachable', closeCode: code })
    this.#wait()
  }

  #wait(): void {
    const nowMs = this.#options.nowMs()
    this.#lostAtMs ??= nowMs
    this.#attempt += 1
    const delayMs = reconnectDelay(this.#attempt, this.#resume?.token ?? '')
    const resume = this.#resume
    if (resume === undefined || nowMs + delayMs > this.#lostAtMs + resume.windowMs) {
      return this.#end({ kind: 'lost', closeCode: undefined })
    }
    this.#set({ kind: 'reconnecting' })
    this.#timer = setTimeout(() => this.#reopen(), delayMs)
  }

  #reopen(): void {
    if (this.#resume !== undefined) this.#openSocket(this.#resume.token)
  }

  #end(ending: VoiceEnding): void {
    if (this.#state.kind === 'ended') return
    this.#drop()
    this.#resume = undefined
    this.#set({ kind: 'ended', ending })
  }

  #drop(): void {
    clearTimeout(this.#timer)
    const socket = this.#socket
    this.#socket = undefined
    socket?.close(1000)
  }

  #set(state: LinkState): void {
    if (state.kind === this.#state.kind && state.kind !== 'opening') return
    this.#state = state
    this.#options.onState(state)
  }
}
