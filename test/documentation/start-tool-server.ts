import { createServer } from 'node:http'
import { z } from 'zod'

export type ToolServer = {
  readonly url: string
  readonly key: string
  /** What was asked, as `METHOD /path`. */
  readonly received: readonly string[]
  readonly close: () => Promise<void>
}

/** The API of a clinic that knows one visit, and lets nobody in without its key. */
export async function startToolServer(): Promise<ToolServer> {
  const key = 'clinic-made-for-a-test-0001'
  const received: string[] = []
  const server = createServer((request, response) => {
    received.push(`${request.method} ${request.url}`)
    const isLetIn = request.headers.authorization === `Bearer ${key}`
    response.writeHead(isLetIn ? 200 : 401, { 'content-type': 'application/json' })
    response.end(JSON.stringify(isLetIn ? { next: 'Thursday at 9:30' } : { error: 'no' }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = z.object({ port: z.number() }).parse(server.address())
  const close = () => new Promise<void>((resolve) => void server.close(() => resolve()))
  return { url: `http://127.0.0.1:${port}`, key, received, close }
}
