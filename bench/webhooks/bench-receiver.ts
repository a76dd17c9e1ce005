/** Whoever receives: answers at once, never below `/hang/`, and says when each request came. */
import { createServer } from 'node:http'

const batch: (readonly [id: string, atMs: number])[] = []
let count = 0

const server = createServer((request, response) => {
  const atMs = Date.now()
  request.resume()
  request.once('end', () => {
    count += 1
    if (request.url?.startsWith('/hang/') === true) return
    if (request.url === '/timed') batch.push([String(request.headers['webhook-id']), atMs])
    response.end('ok')
  })
})
server.keepAliveTimeout = 60_000
process.on('message', () => {
  process.send?.({ kind: 'seen', count, timed: batch.splice(0) })
})
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  process.send?.({ kind: 'ready', port: address.port })
})
