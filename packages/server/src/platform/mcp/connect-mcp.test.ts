import { afterEach, describe, expect, test } from 'vitest'
import { atEnd, closeLoopback, key, openDoor, secretHeader, workspaceId } from '../outbound/test-harness/loopback.ts'
import { connectMcp, type McpConnection } from './connect-mcp.ts'
import type { McpTarget } from './mcp-target.ts'
import {
  type OfficialServer,
  type OfficialStyle,
  type OfficialTool,
  startOfficialServer,
} from './test-harness/official-server.ts'

afterEach(closeLoopback)

const calm = (): AbortSignal => new AbortController().signal

const book: OfficialTool = {
  name: 'book',
  description: 'Books a visit.',
  inputSchema: { properties: { day: { type: 'string' } }, required: ['day'], additionalProperties: false },
  answer: ({ day }) => ({ content: [{ type: 'text', text: `booked on ${String(day)}` }] }),
}

async function start(style: OfficialStyle, tools: readonly OfficialTool[] = [book]): Promise<OfficialServer> {
  const server = await startOfficialServer(style, tools)
  atEnd(() => server.close())
  return server
}

function targetOf(server: OfficialServer, changes: Partial<McpTarget> = {}): McpTarget {
  return {
    door: openDoor([server.origin]),
    workspaceId,
    onlyHosts: null,
    url: server.url,
    secretHeader,
    timeoutMs: 2000,
    ...changes,
  }
}

async function connect(target: McpTarget): Promise<McpConnection> {
  const connection = await connectMcp(target, calm())
  atEnd(() => connection.close())
  return connection
}

describe.each(['modern', 'modern-events', 'sessions', 'sessions-json'] as const)('the official server, %s', (style) => {
  test('its tools are listed and called, and each request carries the sealed header', async () => {
    const server = await start(style)
    const connection = await connect(targetOf(server))
    const { tools, unusable, leftOut } = await connection.listTools(calm())
    expect({ unusable: unusable.size, leftOut }).toEqual({ unusable: 0, leftOut: 0 })
    expect(tools).toMatchObject([
      { name: 'book', description: 'Books a visit.', inputSchema: { type: 'object', required: ['day'] } },
    ])
    const [tool] = tools
    if (tool === undefined) throw new Error('nothing was listed')
    const answer = await connection.callTool({ tool, arguments: { day: 'Monday' }, idempotencyKey: 'one' }, calm())
    expect(answer).toEqual({
      isError: false,
      untrustedText: 'booked on Monday',
      untrustedFields: undefined,
      leftOut: [],
    })
    expect(server.seen.map(({ headers }) => headers.authorization)).toEqual(server.seen.map(() => `Bearer ${key}`))
    expect(
      server.seen.filter(({ rpc }) => rpc === 'tools/call').map(({ headers }) => headers['idempotency-key']),
    ).toEqual(['one'])
    // No stream of the server's own is opened.
    expect(server.seen.filter(({ method }) => method === 'GET')).toEqual([])
  })

  test('calls run beside each other, and each gets its own answer', async () => {
    const server = await start(style)
    const connection = await connect(targetOf(server))
    const { tools } = await connection.listTools(calm())
    const [tool] = tools
    if (tool === undefined) throw new Error('nothing was listed')
    const days = Array.from({ length: 20 }, (_, index) => `day ${index}`)
    const answers = await Promise.all(
      days.map((day) => connection.callTool({ tool, arguments: { day }, idempotencyKey: day }, calm())),
    )
    expect(answers.map(({ untrustedText }) => untrustedText)).toEqual(days.map((day) => `booked on ${day}`))
  })

  test('a call that is given up leaves nothing running', async () => {
    const server = await start(style, [{ ...book, answer: () => new Promise(() => undefined) }])
    const connection = await connect(targetOf(server))
    const { tools } = await connection.listTools(calm())
    const [tool] = tools
    if (tool === undefined) throw new Error('nothing was listed')
    const controller = new AbortController()
    const call = connection.callTool({ tool, arguments: { day: 'x' }, idempotencyKey: 'one' }, controller.signal)
    setTimeout(() => controller.abort(new Error('the person has spoken')), 50)
    await expect(call).rejects.toThrow('the person has spoken')
  })

  test('closing it ends its session', async () => {
    const server = await start(style)
    const connection = await connect(targetOf(server))
    expect(server.liveSessions()).toBe(style.startsWith('sessions') ? 1 : 0)
    await connection.close()
    expect(server.liveSessions()).toBe(0)
  })
})
