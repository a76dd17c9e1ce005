/** What Node itself does with the proxies of its environment is decided when it starts, so these run in a process of their own. */
import { execFile } from 'node:child_process'
import { createServer } from 'node:http'
import { createServer as createTcpServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterEach, expect, it } from 'vitest'
import { WebSocketServer } from 'ws'
import { closeLoopback, listen } from './test-harness/loopback.ts'

afterEach(closeLoopback)

const run = promisify(execFile)
const client = fileURLToPath(new URL('./test-harness/call-and-talk.ts', import.meta.url))

it('goes past every proxy that the environment names, with a request and with a socket', async () => {
  let proxied = 0
  const proxy = await listen(
    createTcpServer((socket) => {
      proxied += 1
      socket.destroy()
    }),
  )
  // Node's own fetch tries a proxy that hangs up again and again, so how often is not said; the door comes after it.
  let beforeTheDoor: number | undefined
  const server = createServer((_request, response) => {
    beforeTheDoor ??= proxied
    response.end('direct')
  })
  new WebSocketServer({ server }).on('connection', (socket) => socket.send('direct too'))
  const port = await listen(server)
  const url = `http://127.0.0.1:${proxy}`
  const names = ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'http_proxy', 'https_proxy', 'all_proxy']
  const environment = Object.fromEntries(names.map((name) => [name, url]))
  const { stdout } = await run(process.execPath, ['--use-env-proxy', client, String(port)], {
    env: { ...environment, NODE_USE_ENV_PROXY: '1', NO_PROXY: '' },
  })
  // The flag is in force: what does not go through the door is caught by the proxy.
  expect(stdout.trim().split('\n')).toEqual(['plain fetch: refused', 'door: direct', 'socket: direct too'])
  expect(beforeTheDoor).toBeGreaterThan(0)
  expect(proxied).toBe(beforeTheDoor)
}, 60_000)
