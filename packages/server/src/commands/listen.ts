import { type ServerType, serve } from '@hono/node-server'
import { isWebSocketUpgrade } from '../conversation/transports/voice/is-web-socket-upgrade.ts'
import type { VoiceUpgrade } from '../conversation/transports/voice/voice-upgrade.ts'
import { takesFile } from '../guards/request-edge.ts'
import { hasCode } from '../kernel/has-code.ts'
import { StartupRefusal } from '../kernel/startup-refusal.ts'
import { ownCommand } from '../platform/own-command.ts'

const closeSocketMs = 5_000

/** How long a client may take to send its request; see data-boundary 5. */
export type ArrivalLimits = { readonly headersMs: number; readonly requestMs: number; readonly fileMs: number }

const arrivalLimits: ArrivalLimits = {
  headersMs: 5_000,
  // A body that a route reads has its own, shorter limit (guards/well-formed-body.ts); this one ends those that none reads.
  requestMs: 20_000,
  // Where files are taken (guards/uploaded-body.ts has the shorter limit behind the credential).
  fileMs: 120_000,
}

export type Listening = {
  /** The one that was asked for, or the one that the system chose for port 0. */
  readonly port: number
  /** Stops listening; connections that are idle end now, the others get a few seconds. */
  readonly close: () => Promise<void>
}

/** Serves on an address of this machine; one that cannot be had is a StartupRefusal that says what to do. */
export function listen(options: {
  fetch: Parameters<typeof serve>[0]['fetch']
  host: string
  port: number
  /** Takes over a connection that asks for another protocol. Without it such a request is answered like any other. */
  onUpgrade?: VoiceUpgrade['handle']
  limits?: ArrivalLimits
}): Promise<Listening> {
  const { fetch, host, port, onUpgrade, limits = arrivalLimits } = options
  const serverOptions = {
    headersTimeout: limits.headersMs,
    // The longest; `limitArrival` has the one of everything that is no file.
    requestTimeout: limits.fileMs,
    // Node looks every 30 s unless told otherwise, so the limits alone would not be kept.
    connectionsCheckingInterval: Math.min(1_000, limits.headersMs),
    // What asks for another protocol than a WebSocket is answered as if it had not asked.
    ...(onUpgrade === undefined ? {} : { shouldUpgradeCallback: isWebSocketUpgrade }),
  }
  return new Promise((resolve, reject) => {
    const server = serve({ fetch, hostname: host, port, serverOptions }, (address) =>
      resolve({ port: address.port, close: () => closeSocket(server) }),
    )
    server.on('request', (request: Arriving) => limitArrival(request, limits.requestMs))
    if (onUpgrade !== undefined) server.on('upgrade', onUpgrade)
    server.once('error', (error: Error) => reject(listenRefusal(error, { host, port })))
  })
}

/** What is asked of a request whose body is on its way. */
type Arriving = {
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly url?: string | undefined
  readonly complete: boolean
  readonly socket: { readonly end: (text: string, ended: () => void) => unknown; readonly destroy: () => unknown }
  readonly once: (event: 'close' | 'end', listener: () => void) => unknown
}

/** Node has one time for all requests, so the shorter one is ours; what it ends is answered as Node would. */
function limitArrival(request: Arriving, requestMs: number): void {
  const { headers, socket, url = '' } = request
  const carriesBody = headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined
  if (!carriesBody || takesFile(url.split('?')[0] ?? '')) return
  const timer = setTimeout(() => {
    if (!request.complete)
      socket.end('HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n', () => socket.destroy())
  }, requestMs)
  request.once('close', () => clearTimeout(timer))
  request.once('end', () => clearTimeout(timer))
}

function listenRefusal(error: Error, { host, port }: { host: string; port: number }): Error {
  if (hasCode(error, 'EADDRINUSE')) {
    return new StartupRefusal(
      `Port ${port} is in use; stop what uses it, or choose another with HYPONEMA_PORT=${port + 1} ${ownCommand('start')}.`,
    )
  }
  if (hasCode(error, 'EACCES', 'EADDRNOTAVAIL', 'ENOTFOUND')) {
    return new StartupRefusal(
      `${host}:${port} cannot be listened on; choose an address of this machine (HYPONEMA_HOST) and a port above 1023 (HYPONEMA_PORT).`,
    )
  }
  return error
}

function closeSocket(server: ServerType): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      if ('closeAllConnections' in server) server.closeAllConnections()
    }, closeSocketMs)
    server.close(() => {
      clearTimeout(timer)
      resolve()
    })
    if ('closeIdleConnections' in server) server.closeIdleConnections()
  })
}
