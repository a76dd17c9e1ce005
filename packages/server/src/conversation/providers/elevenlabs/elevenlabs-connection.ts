/**
 * One connection with one context for each utterance. Messages wait until it stands. A context that was left is still spoken for
 * a moment; its audio finds no listener and is dropped, and it counts against the provider's limit until its end was told.
 * Once lost or closed it is never used again; whoever speaks next makes another.
 */
import type { AppError } from '../../../kernel/app-error.ts'
import type { OutboundSocket, OutboundSocketEvents } from '../../../platform/outbound/outbound-socket.ts'
import { namesQuota } from '../kind-of-status.ts'
import { ProviderError } from '../provider-error.ts'
import { speechBytesPerSecond } from '../text-to-speech-port.ts'
import { type ElevenLabsMessage, parseElevenLabsMessage } from './elevenlabs-messages.ts'

export type ContextListener = {
  readonly onMessage: (message: ElevenLabsMessage) => void
  /** The last one. `wasUsed`: the connection had served before, so that it may only have been too old. */
  readonly onLost: (error: AppError, wasUsed: boolean) => void
}

type Options = {
  readonly connect: (events: OutboundSocketEvents & { signal: AbortSignal }) => Promise<OutboundSocket>
  readonly classify: (cause: unknown) => AppError
  readonly redact: (words: string) => string
}

/** The provider allows five at a time and then closes the connection. */
const maxContexts = 5
/** A minute: five contexts that were left with a long sentence each. */
const maxUnwantedBytes = 60 * speechBytesPerSecond
/** What a server of another kind says; a single unreadable message is overlooked. */
const maxUnreadable = 10

export class ElevenLabsConnection {
  readonly #options: Options
  readonly #life = new AbortController()
  readonly #contexts = new Map<string, ContextListener>()
  readonly #left = new Set<string>()
  #waiting: { readonly json: string; readonly onSent: () => void }[] = []
  #socket: OutboundSocket | undefined
  #wasUsed = false
  #unreadable = 0
  /** Audio without a listener since the last utterance began. */
  #unwantedBytes = 0

  constructor(options: Options) {
    this.#options = options
    const events = {
      signal: this.#life.signal,
      onMessage: (data: string | Uint8Array): void => this.#take(parseElevenLabsMessage(data)),
      onClose: ({ code, untrustedReason, error }: Parameters<OutboundSocketEvents['onClose']>[0]): void => {
        this.#lose(error === undefined ? this.#closedBy(code, untrustedReason) : options.classify(error))
      },
    }
    options.connect(events).then(
      (socket) => this.#opened(socket),
      (cause: unknown) => this.#lose(options.classify(cause)),
    )
  }

  /** Whether another utterance may begin on it. */
  get isFit(): boolean {
    return !this.#life.signal.aborted && this.#contexts.size + this.#left.size < maxContexts
  }

  begin(contextId: string, listener: ContextListener): void {
    this.#contexts.set(contextId, listener)
    this.#unwantedBytes = 0
    // A context begins with a single blank, as the provider's protocol asks for.
    this.#send({ context_id: contextId, text: ' ' })
  }

  /** `onSent` when the provider gets it, which may be never. */
  say(contextId: string, text: string, onSent: () => void): void {
    // Texts end with a blank, or the next one is spoken as the same word.
    this.#send({ context_id: contextId, text: `${text.trimEnd()} `, flush: true }, onSent)
  }

  /** No more text; what was said is spoken to its end, and then `isFinal` comes. */
  finish(contextId: string): void {
    this.#send({ context_id: contextId, close_context: true })
  }

  /** Tells the provider to stop; whatever still comes of this context is dropped. */
  leave(contextId: string): void {
    if (!this.#contexts.delete(contextId)) return
    this.#left.add(contextId)
    this.#send({ context_id: contextId, close_context: true })
  }

  close(): void {
    if (this.#life.signal.aborted) return
    this.#contexts.clear()
    this.#send({ close_socket: true })
    this.#end()
  }

  #opened(socket: OutboundSocket): void {
    if (this.#life.signal.aborted) {
      socket.close()
      return
    }
    this.#socket = socket
    for (const { json, onSent } of this.#waiting.splice(0)) if (socket.send(json)) onSent()
  }

  #send(message: object, onSent = (): void => undefined): void {
    if (this.#life.signal.aborted) return
    const json = JSON.stringify(message)
    if (this.#socket === undefined) this.#waiting.push({ json, onSent })
    else if (this.#socket.send(json)) onSent()
  }

  #take(message: ElevenLabsMessage | undefined): void {
    if (this.#life.signal.aborted) return
    if (message === undefined) {
      this.#unreadable += 1
      if (this.#unreadable > maxUnreadable) {
        this.#lose(new ProviderError('unavailable', 'elevenlabs sends what is no message of its protocol'))
      }
      return
    }
    const { contextId, error } = message
    if (error !== undefined) return this.#failed(contextId, error)
    this.#wasUsed = true
    if (contextId === undefined) return
    const listener = this.#contexts.get(contextId)
    if (listener === undefined && !this.#mayBeForNobody(message.audio?.byteLength ?? 0)) return
    if (message.isFinal) {
      this.#contexts.delete(contextId)
      this.#left.delete(contextId)
    }
    listener?.onMessage(message)
  }

  /** A context that was left is spoken for a moment still; what goes on and on is for nobody. */
  #mayBeForNobody(audioBytes: number): boolean {
    this.#unwantedBytes += audioBytes
    if (this.#unwantedBytes <= maxUnwantedBytes) return true
    this.#lose(new ProviderError('unavailable', `elevenlabs sent ${this.#unwantedBytes} bytes of audio for nobody`))
    return false
  }

  #failed(contextId: string | undefined, words: string): void {
    const error = new ProviderError(kindOfWords(words), `elevenlabs failed: ${this.#options.redact(words)}`)
    if (contextId === undefined) return this.#lose(error)
    const listener = this.#contexts.get(contextId)
    this.leave(contextId)
    listener?.onLost(error, false)
  }

  #closedBy(code: number, untrustedReason: string): ProviderError {
    const words = this.#options.redact(untrustedReason)
    return new ProviderError(kindOfWords(untrustedReason), `elevenlabs closed with ${code}: ${words}`)
  }

  #lose(error: AppError): void {
    if (this.#life.signal.aborted) return
    const listeners = [...this.#contexts.values()]
    this.#contexts.clear()
    this.#end()
    for (const listener of listeners) listener.onLost(error, this.#wasUsed)
  }

  #end(): void {
    this.#life.abort()
    this.#waiting = []
    this.#socket?.close()
    this.#socket = undefined
  }
}

/** Errors come as `{ error, message, code }` or as the reason of a close, with names like quota_exceeded in them. */
function kindOfWords(words: string): ProviderError['kind'] {
  if (namesQuota(words)) return 'quota'
  if (/invalid_api_key|invalid api key|unauthori[sz]ed|missing_permissions|authentication/i.test(words)) return 'auth'
  if (/too_many|concurrent|rate.?limit|simultaneous contexts|system_busy/i.test(words)) return 'rate'
  if (/timeout/i.test(words)) return 'timeout'
  return /not_found|does not exist|invalid|unsupported|not supported/i.test(words) ? 'bad_request' : 'unavailable'
}
