/** The official MCP server on loopback, in each way that it can be served, with tools that a test may change while it runs. */
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  type CallToolResult,
  createMcpHandler,
  isInitializeRequest,
  McpServer,
  WebStandardStreamableHTTPServerTransport,
} from '@modelcontextprotocol/server'

export type OfficialTool = {
  readonly name: string
  readonly description?: string
  readonly inputSchema?: Record<string, unknown>
  readonly outputSchema?: Record<string, unknown>
  readonly answer?: (args: Record<string, unknown>) => CallToolResult | Promise<CallToolResult>
}

export type SeenRequest = {
  readonly method: string
  /** Of JSON-RPC. */
  readonly rpc: string | undefined
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/**
 * `modern` speaks 2026-07-28 and answers in JSON where it can, `modern-events` answers as events; `sessions` speaks what was
 * before, with session ids and events, `sessions-json` the same in JSON.
 */
export type OfficialStyle = 'modern' | 'modern-events' | 'sessions' | 'sessions-json'

export type OfficialServer = {
  readonly url: string
  readonly origin: string
  readonly seen: readonly SeenRequest[]
  readonly setTools: (tools: readonly OfficialTool[]) => void
  /** Before the official server sees a request: true where it has been answered otherwise. */
  intercept: (request: SeenRequest, response: ServerResponse) => boolean
  readonly liveSessions: () => number
  /** As after a restart: it knows no session any more. */
  readonly forgetSessions: () => void
  readonly close: () => Promise<void>
}

export async function startOfficialServer(
  style: OfficialStyle,
  initial: readonly OfficialTool[],
): Promise<OfficialServer> {
  let tools = initial
  const seen: SeenRequest[] = []
  const make = (): McpServer => makeServer(() => tools)
  const transports = new Map<string, WebStandardStreamableHTTPServerTransport>()
  const modern = createMcpHandler(make, { responseMode: style === 'modern-events' ? 'sse' : 'auto' })
  const answer = style.startsWith('modern')
    ? (request: Request) => modern.fetch(request)
    : (request: Request, body: string) =>
        answerInSession(request, { body, transports, make, isJson: style === 'sessions-json' })
  const http = createServer((request, response) => {
    void handle(request, response).catch(() => response.destroy())
  })
  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(request)
    const one = { method: request.method ?? '', rpc: rpcMethod(body), headers: request.headers, body }
    seen.push(one)
    if (official.intercept(one, response)) return
    await write(await answer(asRequest(request, body), body), response)
  }
  await new Promise<void>((settle) => {
    http.listen(0, '127.0.0.1', settle)
  })
  const address: AddressInfo | string | null = http.address()
  const origin = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`
  const official: OfficialServer = {
    url: `${origin}/mcp`,
    origin,
    seen,
    setTools: (next) => {
      tools = next
    },
    intercept: () => false,
    liveSessions: () => transports.size,
    forgetSessions: () => transports.clear(),
    close: async () => {
      await modern.close()
      http.closeAllConnections()
      await new Promise((settle) => {
        http.close(settle)
      })
    },
  }
  return official
}

function makeServer(tools: () => readonly OfficialTool[]): McpServer {
  const made = new McpServer({ name: 'official', version: '1.0.0' }, { capabilities: { tools: {} } })
  const { server } = made
  server.setRequestHandler('tools/list', () => ({
    tools: tools().map(({ name, description, inputSchema, outputSchema }) => ({
      name,
      ...(description === undefined ? {} : { description }),
      ...(outputSchema === undefined ? {} : { outputSchema: { ...outputSchema, type: 'object' as const } }),
      inputSchema: { ...inputSchema, type: 'object' as const },
    })),
  }))
  server.setRequestHandler('tools/call', async ({ params }) => {
    const tool = tools().find(({ name }) => name === params.name)
    if (tool?.answer === undefined) return { content: [{ type: 'text', text: 'no such tool' }], isError: true }
    return await tool.answer(params.arguments ?? {})
  })
  return made
}

type Sessions = {
  readonly body: string
  readonly transports: Map<string, WebStandardStreamableHTTPServerTransport>
  readonly make: () => McpServer
  readonly isJson: boolean
}

async function answerInSession(request: Request, { body, transports, make, isJson }: Sessions): Promise<Response> {
  const id = request.headers.get('mcp-session-id')
  const known = id === null ? undefined : transports.get(id)
  if (known !== undefined) return known.handleRequest(request)
  if (id !== null) return rpcError(404, 'Session not found')
  if (body === '' || !isInitializeRequest(JSON.parse(body))) return rpcError(400, 'No session')
  const transport = new WebStandardStreamableHTTPServerTransport({
    sessionIdGenerator: () => globalThis.crypto.randomUUID(),
    enableJsonResponse: isJson,
    onsessioninitialized: (made) => void transports.set(made, transport),
    onsessionclosed: (ended) => void transports.delete(ended),
  })
  await make().connect(transport)
  return transport.handleRequest(request)
}

function rpcError(status: number, message: string): Response {
  return Response.json({ jsonrpc: '2.0', error: { code: -32_000, message }, id: null }, { status })
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: string[] = []
  for await (const chunk of request) chunks.push(String(chunk))
  return chunks.join('')
}

function rpcMethod(body: string): string | undefined {
  if (body === '') return undefined
  const message: unknown = JSON.parse(body)
  return typeof message === 'object' && message !== null && 'method' in message ? String(message.method) : undefined
}

function asRequest(request: IncomingMessage, body: string): Request {
  const headers = new Headers()
  for (const [name, value] of Object.entries(request.headers)) if (typeof value === 'string') headers.set(name, value)
  const method = request.method ?? 'GET'
  return new Request(`http://${request.headers.host ?? 'localhost'}${request.url ?? '/'}`, {
    method,
    headers,
    ...(body === '' ? {} : { body }),
  })
}

async function write(answer: Response, response: ServerResponse): Promise<void> {
  response.writeHead(answer.status, Object.fromEntries(answer.headers))
  response.flushHeaders()
  if (answer.body !== null) {
    const reader: ReadableStreamDefaultReader<Uint8Array> = answer.body.getReader()
    response.once('close', () => void reader.cancel().catch(() => undefined))
    for (;;) {
      const { done, value } = await reader.read()
      if (done) break
      response.write(value)
    }
  }
  response.end()
}
