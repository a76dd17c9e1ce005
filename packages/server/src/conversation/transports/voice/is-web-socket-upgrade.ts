import type { IncomingMessage } from 'node:http'

/**
 * For a server's `shouldUpgradeCallback`: whether a request that offers an upgrade asks for a WebSocket. Any other offer, such
 * as the HTTP/2 that some clients put into each of their requests, may be ignored (RFC 9110, 7.8), and the request is
 * answered like one without.
 */
export function isWebSocketUpgrade({ headers }: IncomingMessage): boolean {
  return headers.upgrade?.toLowerCase() === 'websocket'
}
