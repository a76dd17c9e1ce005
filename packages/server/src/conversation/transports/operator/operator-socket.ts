/**
 * Threat: an operator who was removed goes on reading what people say; a page that does not read fills the server's memory; a flood
 * of frames keeps the database busy.
 * Rule: before each look, and before each message is taken, who it is is asked again. A look is made when a signal says that something
 * changed, and every few seconds without one; many changes are one look; only what differs is sent, and nothing while the last is not
 * taken. Frames, bytes, the time between pongs and the whole time have bounds.
 * On failure: the socket closes with its code; the page asks for a new ticket, or asks the API every two seconds.
 *
 * admitting --admitted--> open --any end--> closed
 */
import { decodeId, encodeId, errorCatalogue, type LiveFrame, type Uuid, voiceCloseCodes } from '@hyponema/contract'
import type { RawData, WebSocket } from 'ws'
import { AppError } from '../../../kernel/app-error.ts'
import type { Principal } from '../../../kernel/principal.ts'
import { TokenBucket } from '../../../kernel/token-bucket.ts'
import { closeCodeOf, type VoiceClose } from '../voice/close-code-of.ts'
import type { OperatorDesk } from './operator-desk.ts'
import type { OperatorSocketLimits } from './operator-socket-limits.ts'
import { readOperatorFrame } from './read-operator-frame.ts'

type Options = {
  readonly socket: WebSocket
  readonly limits: OperatorSocketLimits
  readonly onFailure: (error: unknown) => void
}

const malformed: VoiceClose = { code: voiceCloseCodes.malformed, reason: 'request.malformed' }
const binaryFrame: VoiceClose = { code: voiceCloseCodes.text_frame, reason: 'request.media_type' }
const tooMuch: VoiceClose = { code: voiceCloseCodes.limit, reason: 'request.rate_limited' }
const tooLong: VoiceClose = { code: voiceCloseCodes.idle_or_duration, reason: 'request.timeout' }

export class OperatorSocket {
  readonly #options: Options
  readonly #frames: TokenBucket
  readonly #closed = Promise.withResolvers<void>()
  readonly #timers: NodeJS.Timeout[] = []
  #desk: OperatorDesk | undefined
  #isOver = false
  #isLooking = false
  #isDue = false
  #settling: NodeJS.Timeout | undefined
  #awaitsPong = false
  #watched: Uuid | undefined
  #saying: Promise<void> = Promise.resolve()
  /** As they were last sent. */
  #queue = ''
  #talk = ''
  /** Of the talk that was sent last. */
  #seen: string | undefined

  constructor(options: Options) {
    this.#options = options
    this.#frames = new TokenBucket(options.limits.frames, performance.now())
    const { socket } = options
    socket.pause()
    socket.on('message', (data, isBinary) => this.#onMessage(data, isBinary))
    socket.on('ping', (data) => {
      if (this.#takesFrame()) socket.pong(data)
    })
    socket.on('pong', () => {
      this.#awaitsPong = false
      this.#takesFrame()
    })
    socket.on('error', () => this.#leave())
    socket.once('close', () => {
      this.#leave()
      this.#closed.resolve()
    })
  }

  /** Settles when nothing of the socket is left. */
  get closed(): Promise<void> {
    return this.#closed.promise
  }

  admit(desk: OperatorDesk): void {
    if (this.#isOver) return
    const { socket, limits } = this.#options
    this.#desk = desk
    this.#timers.push(
      setInterval(() => this.#ping(), limits.pingMs).unref(),
      setInterval(() => this.look(), limits.lookMs).unref(),
      setTimeout(() => this.close(tooLong), limits.openMs).unref(),
    )
    socket.resume()
    this.look()
  }

  close({ code, reason }: VoiceClose): void {
    if (!this.#leave()) return
    this.#options.socket.close(code, reason)
    // The other side's answer is to be read; what else comes until then is not looked at.
    this.#options.socket.resume()
  }

  /** Something may have changed. */
  look(): void {
    this.#isDue = true
    if (this.#isLooking || this.#isOver || this.#desk === undefined) return
    this.#isLooking = true
    void this.#lookNow(this.#desk)
      .catch((error: unknown) => this.#fail(error))
      .finally(() => {
        this.#settling = setTimeout(() => {
          this.#isLooking = false
          if (this.#isDue) this.look()
        }, this.#options.limits.settleMs).unref()
      })
  }

  async #lookNow(desk: OperatorDesk): Promise<void> {
    this.#isDue = false
    const principal = await desk.who()
    const { data, hasMore } = await desk.queue(principal)
    this.#queue = this.#sendChanged({ type: 'queue', data: [...data], has_more: hasMore }, this.#queue)
    const watched = this.#watched
    if (watched === undefined) return
    const { frame, mark } = await this.#talkFrame(desk, principal, watched)
    // Another one may have been chosen meanwhile; it is looked at next.
    if (this.#watched !== watched || frame === undefined) return
    if (frame.type === 'unwatched') this.#watched = undefined
    this.#talk = this.#sendChanged(frame, this.#talk)
    // What could not be sent now is read again.
    this.#seen = this.#talk === JSON.stringify(frame) ? mark : undefined
  }

  /** No frame: nothing has changed since the one that was sent last. */
  async #talkFrame(
    desk: OperatorDesk,
    principal: Principal,
    id: Uuid,
  ): Promise<{ readonly frame?: LiveFrame; readonly mark?: string }> {
    const escalation_id = encodeId('escalation', id)
    try {
      const { mark, data } = await desk.talk(principal, { id, seen: this.#seen })
      return data === undefined ? {} : { frame: { type: 'talk', escalation_id, data: [...data] }, mark }
    } catch (error) {
      if (!(error instanceof AppError) || error.status >= 500) throw error
      return { frame: { type: 'unwatched', escalation_id, code: error.code } }
    }
  }

  /** What was sent last, afterwards. */
  #sendChanged(frame: LiveFrame, before: string): string {
    const text = JSON.stringify(frame)
    if (text === before || this.#isOver) return before
    const { socket, limits } = this.#options
    if (socket.bufferedAmount > limits.unsentBytes) return before
    socket.send(text)
    return text
  }

  #onMessage(data: RawData, isBinary: boolean): void {
    const desk = this.#desk
    if (this.#isOver || desk === undefined || !this.#takesFrame()) return
    if (isBinary || !(data instanceof Uint8Array)) return this.close(binaryFrame)
    const frame = readOperatorFrame(data)
    if (frame === undefined) return this.close(malformed)
    if (frame.type === 'watch') {
      this.#watched = frame.escalation_id === null ? undefined : decodeId('escalation', frame.escalation_id)
      this.#talk = ''
      this.#seen = undefined
      return this.look()
    }
    // One behind the other: the person reads them as they were written. How many wait is bounded by how many may come.
    this.#saying = this.#saying.then(() => this.#say(desk, frame)).catch((error: unknown) => this.#fail(error))
  }

  async #say(desk: OperatorDesk, frame: { id: string; escalation_id: string; text: string }): Promise<void> {
    const principal = await desk.who()
    const id = decodeId('escalation', frame.escalation_id)
    if (id === undefined) return this.close(malformed)
    try {
      const said = await desk.say({ principal, id, text: frame.text, key: frame.id })
      this.#answer({ type: 'said', id: frame.id, message_id: encodeId('escalationMessage', said) })
    } catch (error) {
      const code = error instanceof AppError ? error.code : 'server.internal'
      if (!(error instanceof AppError) || error.status >= 500) this.#options.onFailure(error)
      this.#answer({ type: 'refused', id: frame.id, code, title: errorCatalogue[code].title })
    }
    this.look()
  }

  /** Of one frame that came, so their number is bounded by what may come. */
  #answer(frame: LiveFrame): void {
    if (this.#isOver) return
    const { socket, limits } = this.#options
    if (socket.bufferedAmount > 2 * limits.unsentBytes) return this.close(tooMuch)
    socket.send(JSON.stringify(frame))
  }

  #takesFrame(): boolean {
    if (this.#frames.spend(1, performance.now())) return true
    this.close(tooMuch)
    return false
  }

  #ping(): void {
    const { socket } = this.#options
    if (this.#awaitsPong) {
      this.#leave()
      return socket.terminate()
    }
    this.#awaitsPong = true
    socket.ping()
  }

  #fail(error: unknown): void {
    if (!(error instanceof AppError) || error.status >= 500) this.#options.onFailure(error)
    this.close(closeCodeOf(error))
  }

  /** False when that was decided before. */
  #leave(): boolean {
    if (this.#isOver) return false
    this.#isOver = true
    for (const timer of this.#timers) clearTimeout(timer)
    clearTimeout(this.#settling)
    return true
  }
}
