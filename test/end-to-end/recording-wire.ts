import { connect, createServer, type Socket } from 'node:net'

export type RecordingWire = {
  /** Listens here and passes everything on. */
  readonly url: string
  /** All bytes that clients have sent, as text. */
  readonly sent: () => string
  readonly close: () => Promise<void>
}

/** Stands on the way to a server on this machine and writes down what is sent to it, byte by byte. */
export async function recordingWire(targetUrl: string): Promise<RecordingWire> {
  const target = new URL(targetUrl)
  const parts: Buffer[] = []
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname)
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', () => undefined)
      socket.once('close', () => sockets.delete(socket))
    }
    client.on('data', (part: Buffer) => parts.push(part))
    client.pipe(upstream)
    upstream.pipe(client)
    client.once('close', () => upstream.destroy())
    upstream.once('close', () => client.destroy())
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the wire has no port')
  return {
    url: `http://127.0.0.1:${address.port}`,
    sent: () => Buffer.concat(parts).toString('utf8'),
    close: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => {
        server.close(resolve)
      })
    },
  }
}
