import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'

/** One message that the client sent: its type letter and, for a simple query (`Q`) or a parse (`P`), its SQL. */
export type SentMessage = { readonly type: string; readonly text: string }

export type RecordingProxy = {
  readonly port: number
  readonly sent: SentMessage[]
  /** While answers are held, the client hears nothing from the server. */
  readonly holdAnswers: (held: boolean) => void
  readonly close: () => Promise<void>
}

/** Stands between client and server and writes down every message of the client, as PostgreSQL's protocol 3 frames them. */
export async function recordingProxy(
  target: { readonly host: string; readonly port: number },
  rewriteAnswer: (data: Buffer) => Buffer = (data) => data,
): Promise<RecordingProxy> {
  const sent: SentMessage[] = []
  const sockets = new Set<Socket>()
  const upstreams = new Set<Socket>()
  const server: Server = createServer((client) => {
    const upstream = target.host.startsWith('/')
      ? connect(`${target.host}/.s.PGSQL.${target.port}`)
      : connect(target.port, target.host)
    const read = createReader(sent)
    upstreams.add(upstream)
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', () => {})
    }
    client.on('data', (data) => {
      read(data)
      upstream.write(data)
    })
    upstream.on('data', (data) => client.write(rewriteAnswer(data)))
    client.on('close', () => upstream.destroy())
    upstream.on('close', () => client.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port')
  return {
    port: address.port,
    sent,
    holdAnswers: (held) => {
      for (const upstream of upstreams) {
        if (held) upstream.pause()
        else upstream.resume()
      }
    },
    close: async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

/** The first message of a connection has no type letter; all others are type, length, body. */
function createReader(sent: SentMessage[]): (data: Buffer) => void {
  let pending = Buffer.alloc(0)
  let started = false
  return (data) => {
    pending = Buffer.concat([pending, data])
    for (;;) {
      const head = started ? 1 : 0
      if (pending.length < head + 4) return
      const length = head + pending.readInt32BE(head)
      if (pending.length < length) return
      const message = pending.subarray(0, length)
      pending = pending.subarray(length)
      if (started) sent.push(describe(message))
      started = true
    }
  }
}

function describe(message: Buffer): SentMessage {
  const type = message.toString('latin1', 0, 1)
  const body = message.subarray(5)
  if (type === 'Q') return { type, text: body.toString('utf8').replace(/\0$/, '') }
  if (type === 'P') return { type, text: body.toString('utf8').split('\0')[1] ?? '' }
  return { type, text: '' }
}
