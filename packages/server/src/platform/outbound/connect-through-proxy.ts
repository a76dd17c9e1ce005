/**
 * Threat: a forward proxy resolves a name anew, reads what we send, gets a key, or passes its own login on to the target.
 * Rule: the proxy is asked by CONNECT for the address that was checked and nothing else; it never sees the name, and TLS begins
 * inside the tunnel, with the target. Its login stands in that one request.
 * On failure: what it answers with 4xx it refuses, which is outbound.address_refused; anything else but 2xx, and anything that
 * comes before we have spoken, is a connection that failed.
 */
import { connect, type Socket } from 'node:net'
import { AppError } from '../../kernel/app-error.ts'
import type { ForwardProxy } from './parse-proxy-url.ts'
import type { PublicAddress } from './public-address.ts'

/** The proxy has refused the target. smokescreen does so with 407. */
export class ProxyRefused extends AppError {
  constructor(detail: string) {
    super('outbound.address_refused', detail)
  }
}

const maxHeadBytes = 8192

/** A tunnel to the address, nothing read of it and nothing written. Rejects with ProxyRefused, or with what went wrong. */
export function connectThroughProxy(
  proxy: ForwardProxy,
  target: { readonly address: PublicAddress; readonly port: number; readonly timeoutMs: number },
): Promise<Socket> {
  const where = `${target.address.includes(':') ? `[${target.address}]` : target.address}:${target.port}`
  return new Promise((settle, reject) => {
    const socket = connect({ host: proxy.host, port: proxy.port })
    let head = ''
    const stop = (cause: Error): void => {
      clearTimeout(timer)
      socket.removeAllListeners('data')
      socket.on('error', () => undefined)
      socket.destroy()
      reject(cause)
    }
    const timer = setTimeout(() => stop(new Error(`the proxy took ${target.timeoutMs} ms`)), target.timeoutMs)
    const onClose = (): void => stop(new Error('the proxy closed the connection'))
    socket.once('error', stop)
    socket.once('close', onClose)
    socket.once('connect', () => {
      const login = proxy.authorization === undefined ? '' : `Proxy-Authorization: ${proxy.authorization}\r\n`
      socket.write(`CONNECT ${where} HTTP/1.1\r\nHost: ${where}\r\n${login}\r\n`)
    })
    socket.on('data', (bytes: Buffer) => {
      head += bytes.toString('latin1')
      const end = head.indexOf('\r\n\r\n')
      if (end === -1 && head.length <= maxHeadBytes) return
      const status = Number(/^HTTP\/1\.[01] (\d{3})(?:[ \r])/.exec(head)?.[1])
      if (status >= 400 && status <= 499) return stop(new ProxyRefused(`the proxy answered ${status} for ${where}`))
      if (!(status >= 200 && status <= 299)) return stop(new Error(`the proxy answered ${status || 'no HTTP'}`))
      // Nobody at the other end of a tunnel has been spoken to yet.
      if (end === -1 || head.length > end + 4) return stop(new Error('the proxy sent more than its answer'))
      clearTimeout(timer)
      socket.removeAllListeners('data')
      socket.removeListener('error', stop)
      socket.removeListener('close', onClose)
      socket.pause()
      settle(socket)
    })
  })
}
