/**
 * Threat: the other end of a WebSocket redirects us, compresses endless data into nothing, floods us with messages, or takes
 * nothing and lets our memory fill; the library resolves a name anew or uses a proxy.
 * Rule: the library gets a connection that stands already and nothing to resolve; no redirect, no compression, a bound on message
 * size, message rate, unsent data and life. Key and headers are used once, for the upgrade.
 * On failure: the connection is cut and `onClose` tells why, once; after `close` and after the caller's abort nothing is told.
 */
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { type RawData, WebSocket } from 'ws'
import { AppError } from '../../kernel/app-error.ts'
import { TokenBucket } from '../../kernel/token-bucket.ts'
import type { CheckedTarget } from './check-target.ts'
import { OutboundSocketRefused } from './outbound-socket-refused.ts'
import type { WebSocketLimits } from './web-socket-limits.ts'

export type OutboundSocketEvents = {
  /** Text or bytes, never before `openSocket` has resolved and the caller's next steps have run. Must not throw. */
  readonly onMessage: (data: string | Uint8Array) => void
  /**
   * The last event, once, and only when it was not the caller who ended it. `code` as in RFC 6455, 1006 when there was none;
   * `untrustedReason` are the other side's words. `error` where the door itself cut the connection.
   */
  readonly onClose: (end: { code: number; untrustedReason: string; error: AppError | undefined }) => void
}

export type OutboundSocket = {
  /** False when the socket does not take it any more; more than the bound of unsent data cuts the connection. */
  readonly send: (data: string | Uint8Array) => boolean
  /** Takes leave; no event comes afterwards. Twice is once. */
  readonly close: () => void
}

type Upgrade = {
  readonly connection: Socket
  readonly target: CheckedTarget
  readonly protocols: readonly string[]
  readonly headers: Record<string, string>
  readonly limits: WebSocketLimits
  readonly events: OutboundSocketEvents
  /** Aborts for the caller, for the door, and when handshake or life take too long. */
  readonly signal: AbortSignal
  /** Whether it was the caller who wanted it to end. */
  readonly endedByCaller: () => boolean
  readonly what: string
  /** The connection is gone. */
  readonly finished: () => void
}

/** A vendor's answer to an upgrade has a few headers. */
const maxHeaderBytes = 16_384
/** Of the body of a refused upgrade: enough to see why. */
const maxRefusalBytes = 2048
/** A refusal is classified without its body when that takes longer. */
const refusalBodyMs = 1000
/** How long the other side may take to answer our goodbye. */
const closeTimeoutMs = 2000

/** Upgrades a connection that stands already. Rejects with {@link OutboundSocketRefused} when the answer is no upgrade. */
export function upgradeToWebSocket(upgrade: Upgrade): Promise<OutboundSocket> {
  const { connection, target, headers, limits, signal } = upgrade
  const options = {
    createConnection: () => connection,
    followRedirects: false,
    perMessageDeflate: false,
    maxPayload: limits.maxMessageBytes,
    maxHeaderSize: maxHeaderBytes,
    closeTimeout: closeTimeoutMs,
    headers,
  }
  const socket = new WebSocket(urlOf(target), [...upgrade.protocols], options)
  return new Promise((settle, reject) => {
    const stop = (cause: unknown): void => {
      signal.removeEventListener('abort', onAbort)
      // Its connection is not ours to leave open, and an error that nobody listens to would end the process.
      socket.on('error', () => undefined)
      socket.terminate()
      connection.destroy()
      // The door says it in its own words, and knows who gave up.
      reject(cause instanceof Error ? cause : new Error('given up'))
    }
    const onAbort = (): void => stop(signal.reason)
    signal.addEventListener('abort', onAbort, { once: true })
    if (signal.aborted) return onAbort()
    socket.once('error', stop)
    socket.once('unexpected-response', (_request, answer: IncomingMessage) => {
      readRefusal(answer).then((words) => stop(refused(upgrade.what, answer, words)), stop)
    })
    socket.once('open', () => {
      signal.removeEventListener('abort', onAbort)
      socket.removeListener('error', stop)
      settle(new OpenSocket(socket, upgrade))
    })
  })
}

class OpenSocket implements OutboundSocket {
  readonly #socket: WebSocket
  readonly #upgrade: Upgrade
  #silent = false
  #error: AppError | undefined
  readonly #messages: TokenBucket

  constructor(socket: WebSocket, upgrade: Upgrade) {
    this.#socket = socket
    this.#upgrade = upgrade
    const { maxMessagesPerSecond } = upgrade.limits
    this.#messages = new TokenBucket(
      { burst: maxMessagesPerSecond, perSecond: maxMessagesPerSecond },
      performance.now(),
    )
    upgrade.signal.addEventListener('abort', this.#onAbort, { once: true })
    socket.on('error', (cause) => this.#cut(this.#failureOf(cause)))
    socket.on('message', (data, isBinary) => this.#take(data, isBinary))
    socket.once('close', (code, reason) => this.#ended(code, reason))
    // What came with the answer waits until whoever opened this has the socket in hand.
    socket.pause()
    setImmediate(() => socket.resume())
  }

  send(data: string | Uint8Array): boolean {
    if (this.#silent || this.#socket.readyState !== WebSocket.OPEN) return false
    const { maxUnsentBytes } = this.#upgrade.limits
    if (this.#socket.bufferedAmount + Buffer.byteLength(data) > maxUnsentBytes) {
      this.#cut(new AppError('outbound.failed', `${this.#upgrade.what} has not taken ${maxUnsentBytes} bytes`))
      return false
    }
    this.#socket.send(data, () => undefined)
    return true
  }

  close(): void {
    this.#silent = true
    this.#socket.close(1000)
  }

  readonly #onAbort = (): void => {
    const { signal, what, endedByCaller } = this.#upgrade
    if (endedByCaller()) {
      this.close()
      return
    }
    const reason: unknown = signal.reason
    this.#cut(reason instanceof AppError ? reason : new AppError('outbound.failed', `${what} was cut`))
  }

  #take(data: RawData, isBinary: boolean): void {
    if (this.#silent || this.#error !== undefined) return
    if (!this.#messages.spend(1, performance.now())) {
      const { maxMessagesPerSecond } = this.#upgrade.limits
      this.#cut(
        new AppError('outbound.too_large', `${this.#upgrade.what} sent over ${maxMessagesPerSecond} messages/s`),
      )
      return
    }
    if (!Buffer.isBuffer(data)) return
    this.#upgrade.events.onMessage(isBinary ? data : data.toString('utf8'))
  }

  #cut(error: AppError): void {
    this.#error ??= error
    this.#socket.terminate()
  }

  #ended(code: number, reason: Buffer): void {
    this.#upgrade.signal.removeEventListener('abort', this.#onAbort)
    this.#upgrade.finished()
    if (this.#silent) return
    this.#silent = true
    this.#upgrade.events.onClose({ code, untrustedReason: reason.toString('utf8'), error: this.#error })
  }

  #failureOf(cause: Error): AppError {
    const { what, limits } = this.#upgrade
    return 'code' in cause && cause.code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH'
      ? new AppError('outbound.too_large', `${what} sent a message of more than ${limits.maxMessageBytes} bytes`)
      : new AppError('outbound.failed', `${what} broke the protocol: ${cause.message}`)
  }
}

/** The library takes its Host header from this, and nothing else: the connection stands. */
function urlOf({ scheme, host, port, path }: CheckedTarget): string {
  return `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}${path}`
}

async function readRefusal(answer: IncomingMessage): Promise<string> {
  const late = setTimeout(() => answer.destroy(), refusalBodyMs)
  const chunks: Buffer[] = []
  let bytes = 0
  try {
    for await (const chunk of answer) {
      if (!Buffer.isBuffer(chunk)) break
      chunks.push(chunk)
      bytes += chunk.byteLength
      if (bytes >= maxRefusalBytes) break
    }
  } catch {
    // The status says enough; half a body says a little more.
  } finally {
    clearTimeout(late)
  }
  return Buffer.concat(chunks).subarray(0, maxRefusalBytes).toString('utf8')
}

function refused(what: string, answer: IncomingMessage, untrustedWords: string): OutboundSocketRefused {
  const wait = answer.headers['retry-after']
  return new OutboundSocketRefused(what, {
    status: answer.statusCode ?? 0,
    untrustedWords,
    // Seconds only (RFC 9110, 10.2.3), a day at most.
    retryAfterSeconds: wait !== undefined && /^\d{1,9}$/.test(wait) ? Math.min(Number(wait), 86_400) : undefined,
  })
}
