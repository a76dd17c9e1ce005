/**
 * Threat: the connection goes somewhere else than the check looked: a second resolution, a literal that skips a `lookup` hook, a
 * proxy of the environment, or a server that is not who the name says.
 * Rule: this is the one place that makes a socket to the outside, and it takes an address that was checked, never a name. TLS is
 * verified against the name that was asked for, whatever the environment says. The peer's address is compared once more, or it is
 * the address that the operator's proxy was asked for.
 * On failure: the socket is destroyed and the promise rejects; nothing has been sent.
 */
import { connect as connectTcp, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { AppError } from '../../kernel/app-error.ts'
import { connectThroughProxy, ProxyRefused } from './connect-through-proxy.ts'
import type { ForwardProxy } from './parse-proxy-url.ts'
import { type PublicAddress, parseAddress } from './public-address.ts'

export type SocketTarget = {
  readonly address: PublicAddress
  readonly port: number
  /** The name or literal that was asked for: SNI and certificate are about it. Absent for an unencrypted installation entry. */
  readonly tlsHost: string | undefined
  readonly timeoutMs: number
  /** Instead of the certificate authorities of the runtime. */
  readonly certificateAuthorities: readonly string[] | undefined
  /** What the operator has put in between; undefined connects directly. */
  readonly proxy: ForwardProxy | undefined
}

/** The connection could not be made; nothing was sent, so that another checked address may be tried. */
export class ConnectionFailed extends AppError {
  override readonly cause: Error

  constructor(detail: string, cause: Error) {
    super('outbound.failed', detail, { cause })
    this.cause = cause
  }
}

/** Opens a TCP or TLS connection to a checked address and resolves when it can be written to. */
export async function openSocket(target: SocketTarget): Promise<Socket> {
  const tunnel = target.proxy === undefined ? undefined : await openTunnel(target, target.proxy)
  if (tunnel !== undefined && target.tlsHost === undefined) return tunnel
  return new Promise((settle, reject) => {
    const socket = dial(target, tunnel)
    const fail = (cause: Error): void => {
      clearTimeout(timer)
      socket.destroy()
      tunnel?.destroy()
      reject(new ConnectionFailed(`no connection to ${target.address} port ${target.port}: ${messageOf(cause)}`, cause))
    }
    const timer = setTimeout(() => fail(new Error(`no answer within ${target.timeoutMs} ms`)), target.timeoutMs)
    socket.once('error', fail)
    socket.once(target.tlsHost === undefined ? 'connect' : 'secureConnect', () => {
      const peer = parseAddress(socket.remoteAddress ?? '')?.toString()
      if (tunnel === undefined && peer !== target.address)
        return fail(new Error(`connected to ${peer ?? 'nowhere'} instead`))
      clearTimeout(timer)
      socket.removeListener('error', fail)
      socket.setNoDelay(true)
      settle(socket)
    })
  })
}

async function openTunnel(target: SocketTarget, proxy: ForwardProxy): Promise<Socket> {
  try {
    return await connectThroughProxy(proxy, target)
  } catch (cause) {
    if (cause instanceof ProxyRefused || !(cause instanceof Error)) throw cause
    throw new ConnectionFailed(`no way through the proxy to ${target.address}: ${cause.message}`, cause)
  }
}

function dial(target: SocketTarget, tunnel: Socket | undefined): Socket {
  const place = { host: target.address, port: target.port, autoSelectFamily: false, lookup: refuseLookup }
  if (target.tlsHost === undefined) return connectTcp(place)
  const isLiteral = parseAddress(target.tlsHost) !== undefined
  return connectTls({
    ...place,
    ...(tunnel === undefined ? {} : { socket: tunnel }),
    // RFC 6066: SNI carries names only. Without one the certificate is checked against the address itself.
    ...(isLiteral ? {} : { servername: target.tlsHost }),
    ALPNProtocols: ['http/1.1'],
    minVersion: 'TLSv1.2',
    rejectUnauthorized: true,
    ...(target.certificateAuthorities === undefined ? {} : { ca: [...target.certificateAuthorities] }),
  })
}

/** A certificate for other names is described with them, and whoever made it chose them: they would stand in logs and traces. */
function messageOf(cause: Error): string {
  const isOtherName = 'code' in cause && cause.code === 'ERR_TLS_CERT_ALTNAME_INVALID'
  return isOtherName ? 'the certificate is for other names' : cause.message
}

/** An address needs no look-up; if one is asked for, what we dial is not an address. */
function refuseLookup(
  host: string,
  _options: unknown,
  answer: (error: Error, address: string, family: number) => void,
): void {
  answer(new Error(`refusing to look up ${host}`), '', 0)
}
