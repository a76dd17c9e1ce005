import type { Socket } from 'node:net'
import type { CheckedTarget } from './check-target.ts'
import { ConnectionFailed, openSocket } from './open-socket.ts'
import type { ForwardProxy } from './parse-proxy-url.ts'

/** Addresses tried one after the other; nothing has been sent to any of them. */
const maxAttempts = 3

/** A connection to the first of the checked addresses that answers. One that comes after the signal's end is closed again. */
export async function connectOutboundSocket(
  target: CheckedTarget,
  options: {
    readonly timeoutMs: number
    readonly certificateAuthorities: readonly string[] | undefined
    readonly proxy: ForwardProxy | undefined
    readonly signal: AbortSignal
  },
): Promise<Socket> {
  const { timeoutMs, certificateAuthorities, signal } = options
  const proxy = target.openedByInstallation ? undefined : options.proxy
  let failed: unknown
  for (const address of target.addresses.slice(0, maxAttempts)) {
    signal.throwIfAborted()
    try {
      const tlsHost = target.scheme === 'wss' ? target.host : undefined
      return await unlessAborted(
        openSocket({ address, port: target.port, tlsHost, timeoutMs, certificateAuthorities, proxy }),
        signal,
      )
    } catch (cause) {
      if (!(cause instanceof ConnectionFailed)) throw cause
      failed = cause
    }
  }
  throw failed
}

function unlessAborted(connecting: Promise<Socket>, signal: AbortSignal): Promise<Socket> {
  return new Promise((settle, reject) => {
    const onAbort = (): void => reject(signal.reason instanceof Error ? signal.reason : new Error('aborted'))
    signal.addEventListener('abort', onAbort, { once: true })
    connecting.then(
      (socket) => {
        signal.removeEventListener('abort', onAbort)
        if (signal.aborted) socket.destroy()
        settle(socket)
      },
      (cause: unknown) => {
        signal.removeEventListener('abort', onAbort)
        reject(cause instanceof Error ? cause : new Error('no connection'))
      },
    )
  })
}
