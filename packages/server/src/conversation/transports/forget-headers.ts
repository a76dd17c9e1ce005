import type { IncomingMessage } from 'node:http'

/**
 * Lets go of what a client has sent ahead of its socket. The request is reachable as long as the socket is open, and in it stands what
 * opened it.
 */
export function forgetHeaders({ headers, rawHeaders }: IncomingMessage): void {
  rawHeaders.splice(0)
  for (const name of Object.keys(headers)) delete headers[name]
}
