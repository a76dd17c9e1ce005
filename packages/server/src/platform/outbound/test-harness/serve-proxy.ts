import { connect, createServer, type Socket } from 'node:net'
import type { ForwardProxy } from '../parse-proxy-url.ts'
import { listen } from './loopback.ts'

export type ServedProxy = ForwardProxy & {
  /** What it was asked, as it came. */
  readonly heads: readonly string[]
}

/** A forward proxy that leads every tunnel to one port of this machine, or answers what it is told to. */
export async function serveProxy(
  then: { readonly port: number } | { readonly answer: string } | ((socket: Socket) => void),
  authorization?: string,
): Promise<ServedProxy> {
  const heads: string[] = []
  const server = createServer((client) => {
    client.once('data', (bytes: Buffer) => {
      heads.push(bytes.toString('latin1'))
      if (typeof then === 'function') return then(client)
      if ('answer' in then) return client.write(then.answer)
      const onward = connect(then.port, '127.0.0.1', () => {
        client.write('HTTP/1.1 200 Connection established\r\nVia: test\r\n\r\n')
        client.pipe(onward).pipe(client)
      })
      onward.on('error', () => client.destroy())
      client.on('close', () => onward.destroy())
      return undefined
    })
  })
  return { host: '127.0.0.1', port: await listen(server), authorization, heads }
}
