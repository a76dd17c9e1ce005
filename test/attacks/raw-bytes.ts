import { connect } from 'node:net'

export type RawResponse = { readonly status: number; readonly head: string; readonly body: string }

/** Longer than any answer takes; a server that keeps such a connection open is asked nothing more. */
const patienceMs = 5_000

/**
 * Writes these bytes to a socket as they are and returns everything that came back until the server closed it. Each part is
 * written when the one before has left.
 */
export function sendBytes(port: number, ...parts: readonly (string | Buffer)[]): Promise<string> {
  return new Promise((resolve) => {
    const received: Buffer[] = []
    const socket = connect({ host: '127.0.0.1', port, noDelay: true })
    const timer = setTimeout(() => socket.destroy(), patienceMs)
    for (const part of parts) socket.write(typeof part === 'string' ? Buffer.from(part, 'latin1') : part)
    socket.on('data', (part: Buffer) => received.push(part))
    socket.on('error', () => undefined)
    socket.once('close', () => {
      clearTimeout(timer)
      resolve(Buffer.concat(received).toString('latin1'))
    })
  })
}

/** The answers in what came back, each with its body up to the next status line. */
export function answersIn(text: string): readonly RawResponse[] {
  return text
    .split(/(?=HTTP\/1\.1 \d{3} )/)
    .filter((part) => part.startsWith('HTTP/1.1 '))
    .map((part) => {
      const end = part.indexOf('\r\n\r\n')
      return {
        status: Number(part.slice(9, 12)),
        head: end < 0 ? part : part.slice(0, end),
        body: end < 0 ? '' : part.slice(end + 4),
      }
    })
}
