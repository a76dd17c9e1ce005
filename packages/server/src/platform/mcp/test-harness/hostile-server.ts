/** Tool servers that keep to the protocol until a test says otherwise. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { z } from 'zod'
import { listen, openDoor, workspaceId } from '../../outbound/test-harness/loopback.ts'
import type { McpTarget } from '../mcp-target.ts'

export type Asked = {
  readonly id?: unknown
  readonly method: string
  readonly params: Readonly<Record<string, unknown>>
}
const askedSchema = z.object({
  id: z.unknown().optional(),
  method: z.string().default(''),
  params: z.record(z.string(), z.unknown()).default({}),
})

export type Answer = (asked: Asked, response: ServerResponse, request: IncomingMessage) => unknown

export type Hostile = {
  readonly target: McpTarget
  readonly asked: Asked[]
  readonly verbs: string[]
  readonly openSockets: () => number
}

/** A server of 2025-11-25 that keeps to the protocol until `answer` is asked. */
export async function serveHostile(answer: Answer, changes: Partial<McpTarget> = {}): Promise<Hostile> {
  const asked: Asked[] = []
  const verbs: string[] = []
  const server = createServer((request, response) => {
    void handle(request, response).catch(() => response.destroy())
  })
  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    verbs.push(request.method ?? '')
    const chunks: string[] = []
    for await (const chunk of request) chunks.push(String(chunk))
    if (request.method !== 'POST') return void response.writeHead(405).end()
    const one: Asked = askedSchema.parse(JSON.parse(chunks.join('')))
    asked.push(one)
    if (one.method === 'server/discover') return fail(response, one.id, -32_601)
    if (one.method.startsWith('notifications/')) return void response.writeHead(202).end()
    if (one.method === 'initialize') {
      const protocolVersion = '2025-11-25'
      const serverInfo = { name: 'hostile', version: '1' }
      return reply(response, one.id, { protocolVersion, serverInfo, capabilities: { tools: {} } })
    }
    await answer(one, response, request)
  }
  const port = await listen(server)
  const origin = `http://127.0.0.1:${port}`
  const target = {
    door: openDoor([origin]),
    workspaceId,
    onlyHosts: null,
    url: `${origin}/mcp`,
    secretHeader: undefined,
    timeoutMs: 1000,
    ...changes,
  }
  let open = 0
  server.on('connection', (socket) => {
    open += 1
    socket.once('close', () => {
      open -= 1
    })
  })
  return { target, asked, verbs, openSockets: () => open }
}

export function reply(response: ServerResponse, id: unknown, result: unknown): void {
  send(response, { jsonrpc: '2.0', id, result })
}

export function fail(response: ServerResponse, id: unknown, code: number, message = 'no'): void {
  send(response, { jsonrpc: '2.0', id, error: { code, message } })
}

export function send(response: ServerResponse, message: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(message))
}

export function beginEvents(response: ServerResponse): (message: unknown, id?: string) => void {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  return (message, id) => {
    response.write(`${id === undefined ? '' : `id: ${id}\n`}data: ${JSON.stringify(message)}\n\n`)
  }
}
