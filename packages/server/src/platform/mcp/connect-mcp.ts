/**
 * Threat: a tool server's schemas become code in this process, or its answers make the library ask a person, a model or the
 * file system for something.
 * Rule: the client offers nothing (no sampling, no elicitation, no roots, no OAuth), compiles no schema that came from outside,
 * answers no request, and is loaded only where an agent has a server. The protocol of 2026-07-28 is tried first, then those
 * before it.
 * On failure: McpFailure with its reason; a caller's own abort is thrown as it is. What the server said of it is kept apart.
 */
import type { Client, jsonSchemaValidator } from '@modelcontextprotocol/client'
import { z } from 'zod'
import type { ToolDescription } from './listed-tool.ts'
import { failureOfDoor, McpFailure } from './mcp-failure.ts'
import type { McpTarget } from './mcp-target.ts'
import { QuietTransport } from './quiet-transport.ts'
import { type McpAnswer, readAnswer } from './read-answer.ts'
import { readToolList, type ToolListing } from './read-tool-list.ts'

export type McpCall = {
  readonly tool: ToolDescription
  readonly arguments: Readonly<Record<string, unknown>>
  /** The same for each repeat of one call; sent as `Idempotency-Key`. */
  readonly idempotencyKey: string
}

/** A connection to one tool server. Requests may run beside each other. */
export type McpConnection = {
  readonly listTools: (signal: AbortSignal) => Promise<ToolListing>
  readonly callTool: (call: McpCall, signal: AbortSignal) => Promise<McpAnswer>
  /** Ends its session, within two seconds. Never rejects. */
  readonly close: () => Promise<void>
}

type Library = typeof import('@modelcontextprotocol/client')

/** Its default makes code of every schema that it is shown. Ours are checked before, by our own interpreter. */
const compilesNothing: jsonSchemaValidator = {
  getValidator: () => () => ({ valid: false, data: undefined, errorMessage: 'schemas of servers are not compiled' }),
}

const objectSchema = z.looseObject({ type: z.literal('object') })

/** Connects, or throws McpFailure, or the reason of the signal. */
export async function connectMcp(target: McpTarget, signal: AbortSignal): Promise<McpConnection> {
  signal.throwIfAborted()
  const library = await import('@modelcontextprotocol/client')
  const transport = new QuietTransport(
    target,
    (url, options) => new library.StreamableHTTPClientTransport(url, options),
  )
  const client = new library.Client(
    { name: 'hyponema', version: '1' },
    {
      capabilities: {},
      jsonSchemaValidator: compilesNothing,
      versionNegotiation: { mode: 'auto' },
      inputRequired: { autoFulfill: false },
    },
  )
  const connection = new Connection({ library, transport, client, timeoutMs: target.timeoutMs })
  await connection.open(signal)
  return connection
}

class Connection implements McpConnection {
  readonly #library: Library
  readonly #transport: QuietTransport
  readonly #client: Client
  readonly #timeoutMs: number
  #isOpen = false

  constructor(parts: { library: Library; transport: QuietTransport; client: Client; timeoutMs: number }) {
    this.#library = parts.library
    this.#transport = parts.transport
    this.#client = parts.client
    this.#timeoutMs = parts.timeoutMs
  }

  async open(signal: AbortSignal): Promise<void> {
    const stop = (): void => void this.#transport.close()
    signal.addEventListener('abort', stop, { once: true })
    try {
      await this.#client.connect(this.#transport, { timeout: this.#timeoutMs })
      signal.throwIfAborted()
      this.#isOpen = true
    } catch (error) {
      const failure = this.#failure(error, signal)
      await this.close()
      throw failure
    } finally {
      signal.removeEventListener('abort', stop)
    }
  }

  listTools = async (signal: AbortSignal): Promise<ToolListing> => {
    try {
      return await readToolList(async (cursor) => {
        const params = cursor === undefined ? {} : { params: { cursor } }
        const page = await this.#client.request({ method: 'tools/list', ...params }, this.#options(signal))
        const tools = page.tools.map(({ name, description, inputSchema }) => ({ name, description, inputSchema }))
        return { tools, nextCursor: page.nextCursor }
      })
    } catch (error) {
      throw this.#failure(error, signal)
    }
  }

  callTool = async (call: McpCall, signal: AbortSignal): Promise<McpAnswer> => {
    const { name, inputSchema } = call.tool
    try {
      const result = await this.#client.callTool(
        { name, arguments: { ...call.arguments } },
        {
          ...this.#options(signal),
          headers: { 'idempotency-key': call.idempotencyKey },
          toolDefinition: { name, inputSchema: objectSchema.parse(inputSchema) },
        },
      )
      return readAnswer(result)
    } catch (error) {
      throw this.#failure(error, signal)
    }
  }

  close = async (): Promise<void> => {
    await this.#transport.close()
    await this.#client.close().catch(() => undefined)
  }

  #options(signal: AbortSignal): { signal: AbortSignal; timeout: number; maxTotalTimeout: number } {
    return { signal, timeout: this.#timeoutMs, maxTotalTimeout: this.#timeoutMs }
  }

  #failure(error: unknown, signal: AbortSignal): unknown {
    if (signal.aborted) return signal.reason
    return failureOfDoor(error) ?? this.#failureOfLibrary(error)
  }

  /** The messages of the library may hold what the server said, so they are not passed on. */
  #failureOfLibrary(error: unknown): McpFailure {
    const { SdkHttpError, ProtocolError, SdkError, SdkErrorCode } = this.#library
    if (error instanceof SdkHttpError) {
      const { status } = error
      return status === undefined
        ? new McpFailure('http_status', 'answered with a status that is no success')
        : new McpFailure('http_status', `answered with status ${status}`, { statusCode: status })
    }
    if (error instanceof ProtocolError) {
      return new McpFailure('refused', `answered with error ${error.code}`, { untrustedWords: error.message })
    }
    const { lastFailure } = this.#transport
    // While it connects, the library puts errors of its own in the place of what went wrong on the way.
    if (!this.#isOpen && lastFailure !== undefined) return lastFailure
    const code = error instanceof SdkError ? error.code : undefined
    if (code === SdkErrorCode.RequestTimeout) return new McpFailure('timeout', `took longer than ${this.#timeoutMs} ms`)
    if (code === SdkErrorCode.ConnectionClosed) return new McpFailure('network', 'the connection was closed')
    return new McpFailure('bad_json', 'answered with something that is no result')
  }
}
