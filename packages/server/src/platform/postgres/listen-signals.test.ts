import { createServer, type Server, type Socket } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { listenSignals } from './listen-signals.ts'

/** One message of the PostgreSQL protocol: its letter, its length and its body. */
function message(letter: string, ...body: readonly (string | number)[]): Buffer {
  const bytes = Buffer.concat(body.map((part) => (typeof part === 'number' ? word(part) : Buffer.from(part))))
  return Buffer.concat([Buffer.from(letter), word(bytes.length + 4), bytes])
}

function word(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}

const ready = message('Z', 'I')
const welcome = Buffer.concat([message('R', 0), ready])
const refusal = Buffer.concat([message('E', 'SERROR\0C42501\0Mnot allowed\0\0'), ready])

/** A database that lets everybody in and answers the first statement of a connection with `answer`. */
async function database(answer: Buffer): Promise<{ port: number; ended: Promise<void>; server: Server }> {
  const { promise: ended, resolve } = Promise.withResolvers<void>()
  const server = createServer((socket: Socket) => {
    let isWelcome = false
    socket.on('data', () => {
      socket.write(isWelcome ? answer : welcome)
      isWelcome = true
    })
    socket.on('error', () => undefined)
    socket.on('close', () => resolve())
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('no port')
  return { port: address.port, ended, server }
}

describe('listening for signals', () => {
  const servers: Server[] = []
  afterEach(() => {
    for (const server of servers.splice(0)) server.close()
  })

  test('that the database refuses leaves no connection behind', { timeout: 5_000 }, async () => {
    const { port, ended, server } = await database(refusal)
    servers.push(server)
    const listening = listenSignals({
      address: { host: '127.0.0.1', port, database: 'hyponema', tls: 'off' },
      login: { user: 'hyponema_app', password: 'x' },
      onSignal: () => undefined,
      onGap: () => undefined,
    })
    await expect(listening).rejects.toMatchObject({ code: '42501' })
    await ended
  })
})
