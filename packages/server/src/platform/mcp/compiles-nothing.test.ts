/** Schemas of a server must not become code here: the default validator of the library makes functions of them. */
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { afterEach, expect, test, vi } from 'vitest'
import { atEnd, closeLoopback, openDoor, workspaceId } from '../outbound/test-harness/loopback.ts'
import { connectMcp } from './connect-mcp.ts'
import { type OfficialServer, startOfficialServer } from './test-harness/official-server.ts'

afterEach(async () => {
  vi.unstubAllGlobals()
  await closeLoopback()
})

const marked = 'a_name_that_only_this_schema_has'

async function start(): Promise<OfficialServer> {
  const schema = { properties: { [marked]: { type: 'string', pattern: '^(a+)+$' } }, required: [marked] }
  const server = await startOfficialServer('modern', [
    {
      name: 'book',
      inputSchema: schema,
      outputSchema: schema,
      answer: () => ({ content: [], structuredContent: { [marked]: 'a' } }),
    },
  ])
  atEnd(() => server.close())
  return server
}

/** The sources of functions that are made of text from now on. */
function watchMakers(): readonly string[] {
  const made: string[] = []
  const note = (parts: readonly unknown[]): void => void made.push(parts.map(String).join('\n'))
  const watched: ProxyHandler<FunctionConstructor> = {
    construct: (target, parts: readonly string[]): object => {
      note(parts)
      return new target(...parts)
    },
    apply: (target, _self, parts: readonly string[]): unknown => {
      note(parts)
      return target(...parts)
    },
  }
  vi.stubGlobal('Function', new Proxy(globalThis.Function, watched))
  return made
}

test('the client as it comes makes code of the schema of an answer', async () => {
  const server = await start()
  const made = watchMakers()
  const client = new Client({ name: 'as-it-comes', version: '1' }, { versionNegotiation: { mode: 'auto' } })
  await client.connect(new StreamableHTTPClientTransport(new URL(server.url)))
  await client.listTools()
  await client.callTool({ name: 'book', arguments: {} })
  await client.close()
  expect(made.filter((source) => source.includes(marked))).not.toEqual([])
})

test('ours makes none', async () => {
  const server = await start()
  const made = watchMakers()
  const signal = new AbortController().signal
  const connection = await connectMcp(
    {
      door: openDoor([server.origin]),
      workspaceId,
      onlyHosts: null,
      url: server.url,
      secretHeader: undefined,
      timeoutMs: 2000,
    },
    signal,
  )
  const { tools } = await connection.listTools(signal)
  const [tool] = tools
  if (tool === undefined) throw new Error('nothing was listed')
  const answer = await connection.callTool({ tool, arguments: {}, idempotencyKey: 'one' }, signal)
  await connection.close()
  expect(answer.untrustedFields).toEqual({ [marked]: 'a' })
  expect(made).toEqual([])
})
