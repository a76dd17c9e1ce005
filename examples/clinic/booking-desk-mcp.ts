/**
 * The same booking desk as an MCP server, over streamable HTTP: the diary with the official server package around it.
 *
 *   DESK_KEY=a-key-of-yours DESK_PORT=4802 node examples/clinic/booking-desk-mcp.ts
 *
 * It listens on http://127.0.0.1:4802/mcp and wants the key as a bearer token. Its tools are `free_slots` and `book_visit`.
 */
import { createHash, timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type CallToolResult, createMcpHandler, McpServer } from '@modelcontextprotocol/server'
import { z } from 'zod'
import { Diary, doctors } from './diary.ts'

const key = process.env['DESK_KEY'] ?? ''
const port = Number(process.env['DESK_PORT'] ?? 4802)
const maxBodyLength = 65_536

if (key.length < 8) {
  console.error('Set DESK_KEY to a key of at least 8 characters; callers send it as a bearer token.')
  process.exit(1)
}

const diary = new Diary()
const day = {
  weekday: z.string().max(20).optional().describe('The next such day, as in Tuesday. Give this or date'),
  date: z.string().max(10).optional().describe('A day as YYYY-MM-DD. Give this or weekday'),
  doctor: z.enum(doctors).optional().describe('Dr. Marsh where nothing is said'),
}

const handler = createMcpHandler(() => {
  const mcp = new McpServer({ name: 'riverside-clinic', version: '1.0.0' })
  mcp.registerTool(
    'free_slots',
    { description: 'Lists what is free at the clinic on a day.', inputSchema: z.object(day) },
    (wish) => asResult(diary.free(wish)),
  )
  mcp.registerTool(
    'book_visit',
    {
      description: 'Books a visit at the clinic. Call it only after the caller has agreed to the day and the time.',
      inputSchema: z.object({ ...day, time: z.string().max(20).describe('As H:MM on a 24-hour clock') }),
    },
    (wish) => asResult(diary.book(wish)),
  )
  return mcp
})

const server = createServer((request, response) => {
  void answer(request, response).catch(() => response.destroy())
})
server.on('error', (error) => {
  console.error(`The booking desk cannot listen on port ${port}: ${error.message}`)
  process.exit(1)
})
server.listen(port, '127.0.0.1', () => {
  const address = server.address()
  const listening = typeof address === 'object' && address !== null ? address.port : port
  console.log(`The booking desk speaks MCP on http://127.0.0.1:${listening}/mcp`)
  process.send?.({ port: listening })
})
// Started by another program, it ends with it.
process.once('disconnect', () => process.exit(0))

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (!isKey(request.headers.authorization)) {
    response.writeHead(401, { 'www-authenticate': 'Bearer' }).end()
    return
  }
  const answered = await handler.fetch(await asWebRequest(request))
  response.writeHead(answered.status, Object.fromEntries(answered.headers))
  for await (const chunk of answered.body ?? []) response.write(chunk)
  response.end()
}

/** As fields for whoever reads fields, as text for everybody else. */
function asResult(found: object): CallToolResult {
  return { content: [{ type: 'text', text: JSON.stringify(found) }], structuredContent: { ...found } }
}

async function asWebRequest(request: IncomingMessage): Promise<Request> {
  request.setEncoding('utf8')
  let body = ''
  for await (const chunk of request) {
    body += String(chunk)
    if (body.length > maxBodyLength) throw new RangeError(`a body of more than ${maxBodyLength} characters`)
  }
  const headers = new Headers()
  for (const [name, value] of Object.entries(request.headers)) if (typeof value === 'string') headers.set(name, value)
  const method = request.method ?? 'GET'
  const url = `http://${request.headers.host ?? 'localhost'}${request.url ?? '/'}`
  return new Request(url, { method, headers, ...(body === '' ? {} : { body }) })
}

/** Takes as long for a wrong key as for one that is nearly right. */
function isKey(header: string | undefined): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(header ?? ''), digest(`Bearer ${key}`))
}
