import type { Duplex } from 'node:stream'

/** An answer, and the connection ends with it: nothing else on it was asked of us. */
export function refusePlainly(stream: Duplex, status: string): void {
  stream.once('finish', () => stream.destroy())
  stream.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
}
