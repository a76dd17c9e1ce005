/**
 * The way of one session to one tool server: none -> opening -> open -> lost -> opening ..., and closed with the session.
 *
 * Threat: a server that was approved describes other tools by now, or does its work twice, or is held open by sessions that
 * have ended.
 * Rule: one connection a session, opened by the first call. Whenever one is opened the list is read again, and a tool is called
 * only while what the server says of it has the hash that was pinned. What a call could have done is repeated for idempotent
 * tools only, once. Closing it ends the server's session, cuts every call and is bounded.
 * On failure: nothing is called, or nothing more; the run says why in a sentence that a person may hear.
 */
import type { PinnedTool } from '../../../features/tools/public.ts'
import { deadline } from '../../../kernel/deadline.ts'
import { connectMcp, type McpConnection } from '../../../platform/mcp/connect-mcp.ts'
import { failureOfDoor, McpFailure } from '../../../platform/mcp/mcp-failure.ts'
import type { McpTarget } from '../../../platform/mcp/mcp-target.ts'
import type { McpAnswer } from '../../../platform/mcp/read-answer.ts'

export type LinkedCall = {
  readonly tool: PinnedTool
  readonly arguments: Readonly<Record<string, unknown>>
  readonly idempotencyKey: string
  readonly isIdempotent: boolean
}

/** How a call went. `reached`: the tool may have done its work. */
export type LinkedAnswer = { readonly attempts: number } & (
  | { readonly kind: 'answered'; readonly answer: McpAnswer }
  | { readonly kind: 'changed'; readonly problem: string }
  | { readonly kind: 'failed'; readonly failure: McpFailure; readonly reached: boolean }
)

/** A connection with the list as it was when it was opened. One that is lost is closed behind the last call on it. */
type Opened = {
  readonly connection: McpConnection
  readonly hashes: ReadonlyMap<string, string>
  running: number
  isLost: boolean
}

export class ServerLink {
  /** Asked at each opening, because a key may have been revoked meanwhile. Throws credential.*. */
  readonly #target: () => McpTarget
  readonly #closing = new AbortController()
  #opening: Promise<Opened> | undefined
  readonly #open = new Set<Opened>()
  #closed: Promise<void> | undefined

  constructor(target: () => McpTarget) {
    this.#target = target
  }

  /** Calls a tool. Throws the reason of the signal when that ends it, and nothing else that a server can cause. */
  async call(call: LinkedCall, signal: AbortSignal): Promise<LinkedAnswer> {
    const first = await this.#try(call, signal)
    if (first.kind !== 'failed' || !mayRepeat(first.failure) || (first.reached && !call.isIdempotent)) {
      return { ...first, attempts: 1 }
    }
    return { ...(await this.#try(call, signal)), attempts: 2 }
  }

  /** Ends the session at the server, within two seconds, and cuts what is running. Never rejects; undefined where nothing is open. */
  close(): Promise<void> | undefined {
    if (this.#opening !== undefined || this.#open.size > 0) this.#closed ??= this.#close()
    this.#closing.abort(new McpFailure('network', 'the session has ended'))
    return this.#closed
  }

  async #close(): Promise<void> {
    const opening = this.#opening
    this.#closing.abort(new McpFailure('network', 'the session has ended'))
    await opening?.catch(() => undefined)
    this.#opening = undefined
    await Promise.all([...this.#open].map(({ connection }) => connection.close()))
    this.#open.clear()
  }

  async #try(call: LinkedCall, signal: AbortSignal): Promise<LinkedAnswer> {
    const attempts = 1
    let opened: Opened | undefined
    try {
      signal.throwIfAborted()
      opened = await untilAborted(this.#take(), signal)
      const problem = problemOf(call.tool, opened.hashes)
      if (problem !== undefined) return { kind: 'changed', problem, attempts }
      return { kind: 'answered', answer: await this.#run(opened, call, signal), attempts }
    } catch (error) {
      signal.throwIfAborted()
      const failure = failureOfDoor(error)
      if (failure === undefined) throw error
      return { kind: 'failed', failure, reached: opened !== undefined, attempts }
    }
  }

  async #run(opened: Opened, call: LinkedCall, signal: AbortSignal): Promise<McpAnswer> {
    opened.running += 1
    try {
      return await opened.connection.callTool(call, signal)
    } catch (error) {
      if (isLost(failureOfDoor(error))) {
        opened.isLost = true
        this.#opening = undefined
      }
      throw error
    } finally {
      opened.running -= 1
      if (opened.isLost && opened.running === 0 && this.#open.delete(opened)) void opened.connection.close()
    }
  }

  /** Whoever comes first opens it for all; the end of one call does not cut the opening for the others. */
  #take(): Promise<Opened> {
    if (this.#closing.signal.aborted) throw new McpFailure('network', 'the session has ended')
    if (this.#opening !== undefined) return this.#opening
    const opening = this.#openNow()
    this.#opening = opening
    opening.catch(() => {
      if (this.#opening === opening) this.#opening = undefined
    })
    return opening
  }

  async #openNow(): Promise<Opened> {
    const target = this.#target()
    const limit = deadline({
      timeoutMs: target.timeoutMs,
      code: 'outbound.timeout',
      what: 'opening a tool server',
      parent: this.#closing.signal,
    })
    try {
      const connection = await connectMcp(target, limit.signal)
      try {
        const { tools } = await connection.listTools(limit.signal)
        const hashes = new Map(tools.map(({ name, sha256 }) => [name, sha256]))
        const opened: Opened = { connection, hashes, running: 0, isLost: false }
        this.#open.add(opened)
        return opened
      } catch (error) {
        await connection.close()
        throw error
      }
    } finally {
      limit.clear()
    }
  }
}

function problemOf({ name, sha256 }: PinnedTool, hashes: ReadonlyMap<string, string>): string | undefined {
  const now = hashes.get(name)
  if (now === undefined) return `${name} is not listed any more`
  return now === sha256 ? undefined : `${name} is described otherwise than when it was published`
}

/** The server does not know our session any more, or cannot be reached: the next call connects anew. */
function isLost(failure: McpFailure | undefined): boolean {
  if (failure === undefined) return false
  const { reason, statusCode } = failure
  return reason === 'network' || (reason === 'http_status' && statusCode === 404)
}

/** What a process does that is just being replaced. */
function mayRepeat(failure: McpFailure): boolean {
  if (isLost(failure)) return true
  const { reason, statusCode = 0 } = failure
  return reason === 'http_status' && (statusCode === 429 || (statusCode >= 502 && statusCode <= 504))
}

async function untilAborted<Value>(work: Promise<Value>, signal: AbortSignal): Promise<Value> {
  const aborted = Promise.withResolvers<never>()
  const stop = (): void => aborted.reject(signal.reason)
  signal.addEventListener('abort', stop, { once: true })
  try {
    return await Promise.race([work, aborted.promise])
  } finally {
    signal.removeEventListener('abort', stop)
  }
}
