/**
 * The live socket of an operator's page, one after the other.
 *
 * asking (a ticket) -> opening -> live     the first queue has come
 *    ^-------- waiting <- any of them      refused, lost, or over after ten minutes; later each time
 *
 * While it is not live the page asks the API itself, so nothing here has to succeed.
 */
import { operatorSubprotocol, tokenSubprotocolPrefix } from '@hyponema/contract'
import type { Asked } from '../ask-server.ts'
import { fieldOf } from '../voice/field-of.ts'
import { reconnectDelay } from '../voice/reconnect-delay.ts'
import { readLiveFrame, type ShownFrame } from './read-live-frame.ts'

/** Said, refused with what to tell, or nobody knows: then it is to be said in another way, under the same key. */
export type SayAnswer =
  | { readonly kind: 'said' }
  | { readonly kind: 'refused'; readonly title: string }
  | { readonly kind: 'unknown' }

type Options = {
  /** Asks for a ticket. */
  readonly askTicket: () => Promise<Asked>
  readonly onFrame: (frame: Extract<ShownFrame, { type: 'queue' | 'talk' | 'unwatched' }>) => void
  readonly onLive: (isLive: boolean) => void
  readonly seed: string
}

/** A socket that stood this long was no failed attempt. */
const stoodMs = 10_000
/** What was not answered by then is said in another way. */
const sayPatienceMs = 5_000
/** The first queue comes within a second; a socket that brings none is of no use. */
const openPatienceMs = 10_000

export class LiveDesk {
  readonly #options: Options
  readonly #saying = new Map<string, (answer: SayAnswer) => void>()
  #socket: WebSocket | undefined
  #timer: ReturnType<typeof setTimeout> | undefined
  #isLive = false
  #isStopped = false
  #attempt = 0
  #liveSinceMs = 0
  #watched: string | undefined

  constructor(options: Options) {
    this.#options = options
  }

  get isLive(): boolean {
    return this.#isLive
  }

  start(): void {
    void this.#open()
  }

  stop(): void {
    this.#isStopped = true
    clearTimeout(this.#timer)
    this.#socket?.close()
    this.#lost()
  }

  /** Whose talk is told from now on; undefined: nobody's. */
  watch(id: string | undefined): void {
    this.#watched = id
    if (this.#isLive) this.#send({ type: 'watch', escalation_id: id ?? null })
  }

  say(message: { readonly key: string; readonly id: string; readonly text: string }): Promise<SayAnswer> {
    const { key, id, text } = message
    if (!this.#isLive) return Promise.resolve({ kind: 'unknown' })
    const { promise, resolve } = Promise.withResolvers<SayAnswer>()
    const timer = setTimeout(() => this.#answer(key, { kind: 'unknown' }), sayPatienceMs)
    this.#saying.set(key, (answer) => {
      clearTimeout(timer)
      resolve(answer)
    })
    this.#send({ type: 'say', id: key, escalation_id: id, text })
    return promise
  }

  async #open(): Promise<void> {
    this.#attempt += 1
    const asked = await this.#options.askTicket()
    if (this.#isStopped) return
    const [ticket, url] = 'refusal' in asked ? [] : ['ticket', 'ws_url'].map((name) => fieldOf(asked.body, name))
    if (typeof ticket !== 'string' || typeof url !== 'string') return this.#later()
    const socket = new WebSocket(url, [operatorSubprotocol, `${tokenSubprotocolPrefix}${ticket}`])
    this.#socket = socket
    this.#timer = setTimeout(() => socket.close(), openPatienceMs)
    socket.addEventListener('message', ({ data }) => this.#take(socket, data))
    socket.addEventListener('close', () => {
      if (this.#socket !== socket) return
      this.#lost()
      if (!this.#isStopped) this.#later()
    })
  }

  #take(socket: WebSocket, data: unknown): void {
    if (this.#socket !== socket) return
    const frame = readLiveFrame(data)
    switch (frame?.type) {
      case 'said':
        return this.#answer(frame.key, { kind: 'said' })
      case 'refused':
        return this.#answer(frame.key, { kind: 'refused', title: frame.title })
      case 'queue':
        this.#begin()
        return this.#options.onFrame(frame)
      case 'talk':
      case 'unwatched':
        return this.#options.onFrame(frame)
      case undefined:
    }
  }

  #begin(): void {
    if (this.#isLive) return
    clearTimeout(this.#timer)
    this.#isLive = true
    this.#liveSinceMs = performance.now()
    this.#options.onLive(true)
    if (this.#watched !== undefined) this.watch(this.#watched)
  }

  #lost(): void {
    clearTimeout(this.#timer)
    this.#socket = undefined
    if (this.#isLive && performance.now() - this.#liveSinceMs >= stoodMs) this.#attempt = 0
    for (const key of [...this.#saying.keys()]) this.#answer(key, { kind: 'unknown' })
    if (!this.#isLive) return
    this.#isLive = false
    this.#options.onLive(false)
  }

  #later(): void {
    const waitMs = reconnectDelay(Math.max(1, this.#attempt), this.#options.seed)
    this.#timer = setTimeout(() => void this.#open(), waitMs)
  }

  #answer(key: string, answer: SayAnswer): void {
    const resolve = this.#saying.get(key)
    this.#saying.delete(key)
    resolve?.(answer)
  }

  #send(frame: object): void {
    this.#socket?.send(JSON.stringify(frame))
  }
}
