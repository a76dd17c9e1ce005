/**
 * Threat: a tool server uses the protocol against us: asks us for things, makes us answer it without end, keeps streams and
 * sockets open, has us follow it elsewhere, drains memory, or leaves a request waiting for ever.
 * Rule: every byte goes through the outbound door to the one address that the agent names, within the time and size that fits
 * the request. Of what comes back only answers to requests that are waiting are passed on: no requests, no notifications, no
 * stream of the server's own, no resumption of a broken one. An answer that ends without a result ends its request.
 * On failure: the request fails with a reason; nothing else is sent on behalf of the server's words.
 */
import type {
  JSONRPCMessage,
  StreamableHTTPClientTransport,
  StreamableHTTPClientTransportOptions,
  Transport,
  TransportSendOptions,
} from '@modelcontextprotocol/client'
import type { OutboundLimits } from '../outbound/outbound-door.ts'
import { Exchange } from './exchange.ts'
import { failureOfDoor, McpFailure } from './mcp-failure.ts'
import type { McpTarget } from './mcp-target.ts'
import { type Outgoing, readOutgoing } from './read-outgoing.ts'
import { watchedBody } from './watched-body.ts'

type Id = string | number
type MakeTransport = (url: URL, options: StreamableHTTPClientTransportOptions) => StreamableHTTPClientTransport

/** Two hundred tools with their schemas; a page that is larger is no list of tools for a conversation. */
const maxListBytes = 524_288
/** What a model gets of it is 16 KiB; the rest is room for what is left out. */
const maxAnswerBytes = 262_144
/** What tells the server something and waits for nothing. */
const maxNoticeMs = 3000
/** Whoever waits for the end of a session does not wait for its tools. */
const maxCloseMs = 2000

export class QuietTransport implements Transport {
  onclose?: Transport['onclose']
  onerror?: Transport['onerror']
  onmessage?: Transport['onmessage']
  readonly hasPerRequestStream = true
  readonly #target: McpTarget
  readonly #inner: StreamableHTTPClientTransport
  readonly #exchanges = new Map<Id, Exchange>()
  /** The last thing that went wrong on the way: what the library says of it has lost its kind by then. */
  lastFailure: McpFailure | undefined

  constructor(target: McpTarget, make: MakeTransport) {
    this.#target = target
    this.#inner = make(new URL(target.url), {
      fetch: (_url, init) => this.#fetch(init),
      onInsufficientScope: 'throw',
      reconnectionOptions: {
        maxRetries: 0,
        initialReconnectionDelay: 1,
        maxReconnectionDelay: 1,
        reconnectionDelayGrowFactor: 1,
      },
    })
    // The library takes one listener of each kind, as a field.
    Object.assign(this.#inner, {
      onclose: () => this.onclose?.(),
      onerror: (error: Error) => this.onerror?.(error),
      onmessage: (message: JSONRPCMessage) => this.#receive(message),
    })
  }

  get sessionId(): string | undefined {
    return this.#inner.sessionId
  }

  setProtocolVersion(version: string): void {
    this.#inner.setProtocolVersion(version)
  }

  start(): Promise<void> {
    return this.#inner.start()
  }

  async send(message: JSONRPCMessage, options: TransportSendOptions = {}): Promise<void> {
    const { headers } = options
    if (!('method' in message) || !('id' in message)) {
      if ('method' in message && message.method === 'notifications/cancelled') this.#cutCancelled(message.params)
      return this.#inner.send(message, headers === undefined ? {} : { headers })
    }
    const exchange = new Exchange()
    this.#exchanges.set(message.id, exchange)
    const { requestSignal } = options
    const cut = (): void => exchange.cut()
    if (requestSignal?.aborted === true) cut()
    requestSignal?.addEventListener('abort', cut, { once: true })
    try {
      await this.#inner.send(message, {
        ...(headers === undefined ? {} : { headers }),
        requestSignal: exchange.signal,
        onRequestStreamEnd: () => exchange.streamEnded(),
      })
      await exchange.settled()
    } catch (error) {
      this.#exchanges.delete(message.id)
      throw exchange.failure ?? error
    } finally {
      requestSignal?.removeEventListener('abort', cut)
    }
  }

  /** Cuts what is still open and tells the server that its session is over, within two seconds. Never rejects. */
  async close(): Promise<void> {
    for (const exchange of this.#exchanges.values()) exchange.cut()
    this.#exchanges.clear()
    await this.#inner.terminateSession().catch(() => undefined)
    await this.#inner.close()
  }

  #receive(message: JSONRPCMessage): void {
    if ('method' in message || message.id === undefined) return
    const exchange = this.#exchanges.get(message.id)
    if (exchange === undefined) return
    this.#exchanges.delete(message.id)
    exchange.answered()
    this.onmessage?.(message)
  }

  /** The library tells the server and leaves the request running. */
  #cutCancelled(params: unknown): void {
    const id: unknown = typeof params === 'object' && params !== null && 'requestId' in params ? params.requestId : ''
    if (typeof id !== 'string' && typeof id !== 'number') return
    this.#exchanges.get(id)?.cut()
    this.#exchanges.delete(id)
  }

  async #fetch(init: RequestInit | undefined): Promise<Response> {
    const method = init?.method ?? 'GET'
    // The stream of the server's own messages, or the rest of a broken one: nobody would listen.
    if (method !== 'POST' && method !== 'DELETE') return new Response(null, { status: 405 })
    const body = typeof init?.body === 'string' ? init.body : undefined
    const outgoing: Outgoing = body === undefined ? { id: undefined, method: undefined } : readOutgoing(body)
    const exchange = outgoing.id === undefined ? undefined : this.#exchanges.get(outgoing.id)
    const { door, url, workspaceId, onlyHosts, secretHeader, timeoutMs } = this.#target
    try {
      const response = await door.fetch(
        {
          url,
          method,
          ...(init?.headers === undefined ? {} : { headers: init.headers }),
          ...(body === undefined ? {} : { body }),
          ...(init?.signal == null ? {} : { signal: init.signal }),
        },
        {
          workspaceId,
          onlyHosts,
          ...(secretHeader === undefined ? {} : { secretHeader }),
          limits: limitsOf(method, outgoing, timeoutMs),
        },
      )
      return await this.#take(response, exchange)
    } catch (error) {
      throw this.#noted(error, exchange)
    }
  }

  async #take(response: Response, exchange: Exchange | undefined): Promise<Response> {
    const { status, headers } = response
    if (status >= 300 && status < 400) {
      await response.body?.cancel()
      throw new McpFailure('redirect', `answered with status ${status}`, { statusCode: status })
    }
    if (exchange !== undefined) exchange.streams = /^text\/event-stream\b/i.test(headers.get('content-type') ?? '')
    if (response.body === null) return response
    const body = watchedBody(response.body, (error) => this.#noted(error, exchange))
    return new Response(body, { status, headers })
  }

  #noted(error: unknown, exchange: Exchange | undefined): unknown {
    const failure = failureOfDoor(error)
    // One that we cut ourselves did not fail.
    if (failure === undefined || exchange?.signal.aborted === true) return error
    this.lastFailure = failure
    if (exchange !== undefined) exchange.failure ??= failure
    return failure
  }
}

function limitsOf(method: string, outgoing: Outgoing, timeoutMs: number): Partial<OutboundLimits> {
  if (method === 'DELETE') return timesOf(maxCloseMs)
  if (outgoing.id === undefined) return timesOf(Math.min(timeoutMs, maxNoticeMs))
  return { ...timesOf(timeoutMs), maxResponseBytes: outgoing.method === 'tools/call' ? maxAnswerBytes : maxListBytes }
}

function timesOf(ms: number): Pick<OutboundLimits, 'firstByteMs' | 'totalMs' | 'maxResponseBytes'> {
  return { firstByteMs: ms, totalMs: ms, maxResponseBytes: maxAnswerBytes }
}
