/**
 * Threat: strangers open sockets of operators, from another site's page, with a ticket that was used or is none, or more of them than
 * anybody reads.
 * Rule: in this order: Host, budget of the address, draining, ticket, where it comes from, its one use, who it is now and what that one may,
 * how many sockets there are. Until then nothing is read.
 * On failure: plain HTTP before the handshake (421, 429), afterwards a close code, because browsers hide the status of a refusal.
 */
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import {
  liveEscalationsPath,
  operatorSubprotocol,
  tokenSubprotocolPrefix,
  type Uuid,
  voiceCloseCodes,
} from '@hyponema/contract'
import { WebSocketServer } from 'ws'
import { addressBudget, clientAddress, type parseRanges } from '../../../guards/client-address.ts'
import { isLocalHost } from '../../../guards/local-host-only.ts'
import type { BucketPolicy, TokenBuckets } from '../../../guards/token-buckets.ts'
import { AppError } from '../../../kernel/app-error.ts'
import { edgeBudgets } from '../../../kernel/edge-budgets.ts'
import type { Principal } from '../../../kernel/principal.ts'
import { principalName } from '../../../kernel/principal-name.ts'
import type { RequestContext } from '../../../kernel/request-context.ts'
import { within } from '../../../kernel/within.ts'
import { closeCodeOf } from '../voice/close-code-of.ts'
import { refusePlainly } from '../voice/refuse-plainly.ts'
import type { OpenDesk } from './operator-desk.ts'
import { OperatorSocket } from './operator-socket.ts'
import { type OperatorSocketLimits, operatorSocketLimits } from './operator-socket-limits.ts'

type Dependencies = {
  readonly openDesk: OpenDesk
  /** Whether a wake-up is about escalations, as its row in the workspace says. */
  readonly isAboutEscalations: (principal: Principal, signalId: Uuid) => Promise<boolean>
  readonly newRequestId: () => string
  readonly trustedProxies: ReturnType<typeof parseRanges>
  readonly localOnly: boolean
  readonly isDraining: () => boolean
  readonly createBuckets: (policy: BucketPolicy) => TokenBuckets
  readonly onFailure: (error: unknown) => void
  readonly limits?: Partial<OperatorSocketLimits>
}

export class OperatorUpgrade {
  readonly #deps: Dependencies
  readonly #limits: OperatorSocketLimits
  readonly #server: WebSocketServer
  readonly #upgrades: TokenBuckets
  readonly #open = new Map<OperatorSocket, Principal | undefined>()

  constructor(deps: Dependencies) {
    this.#deps = deps
    this.#limits = { ...operatorSocketLimits, ...deps.limits }
    this.#upgrades = deps.createBuckets({ name: 'live-upgrades', ...edgeBudgets['live-upgrades'] })
    const options = {
      noServer: true,
      clientTracking: false,
      // A message that unpacks to more than it weighs has no bound.
      perMessageDeflate: false,
      maxPayload: this.#limits.messageBytes,
      closeTimeout: this.#limits.closeMs,
      autoPong: false,
      // Never the one that carries the ticket.
      handleProtocols: (offered: Set<string>) => offered.has(operatorSubprotocol) && operatorSubprotocol,
    }
    this.#server = new WebSocketServer(options)
  }

  get openCount(): number {
    return this.#open.size
  }

  /** Whether an upgrade is for this socket. */
  isFor({ url = '' }: IncomingMessage): boolean {
    return url.split('?')[0] === liveEscalationsPath
  }

  readonly handle = (incoming: IncomingMessage, stream: Duplex, head: Buffer): void => {
    stream.on('error', () => undefined)
    if (this.#deps.localOnly && !isLocalHost(incoming.headers.host))
      return refusePlainly(stream, '421 Misdirected Request')
    const request = this.#requestOf(incoming)
    if (!this.#upgrades.take(addressBudget(request.address)).allowed)
      return refusePlainly(stream, '429 Too Many Requests')
    this.#server.handleUpgrade(incoming, stream, head, (socket) => {
      const { onFailure } = this.#deps
      const ticket = ticketOf(incoming)
      forgetTicket(incoming)
      const live = new OperatorSocket({ socket, limits: this.#limits, onFailure })
      this.#open.set(live, undefined)
      void live.closed.then(() => this.#open.delete(live))
      const late = (): Error => new AppError('server.internal', 'a live socket was not admitted in time')
      within(this.#limits.admitMs, this.#admit(live, ticket, request), late).catch((error: unknown) => {
        if (!(error instanceof AppError) || error.status >= 500) onFailure(error)
        live.close(closeCodeOf(error))
      })
    })
  }

  /** A wake-up, never an authority: those of its workspace look again. */
  async onSignal(wake: { readonly workspaceId: Uuid; readonly signalId: Uuid }): Promise<void> {
    const own = [...this.#open].filter(([, principal]) => principal?.scope.workspaceId === wake.workspaceId)
    const principal = own[0]?.[1]
    if (principal === undefined || !(await this.#deps.isAboutEscalations(principal, wake.signalId))) return
    for (const [live] of own) live.look()
  }

  /** Signals may have been missed. */
  lookAgain(): void {
    for (const live of this.#open.keys()) live.look()
  }

  readonly closeAll = async (): Promise<void> => {
    const open = [...this.#open.keys()]
    for (const live of open) live.close({ code: voiceCloseCodes.server_stopping, reason: 'server.draining' })
    await Promise.all(open.map(({ closed }) => closed))
  }

  async #admit(live: OperatorSocket, ticket: string | undefined, request: RequestContext): Promise<void> {
    if (this.#deps.isDraining()) throw new AppError('server.draining', 'stopping')
    if (ticket === undefined) throw new AppError('api_key.missing', 'no ticket, or more than one')
    const { desk, principal } = await this.#deps.openDesk({ ticket, request })
    this.#requireRoom(principal)
    if (!this.#open.has(live)) return
    this.#open.set(live, principal)
    live.admit(desk)
  }

  #requireRoom(principal: Principal): void {
    const { perPrincipal, perWorkspace } = this.#limits
    const own = [...this.#open.values()].filter((other) => other?.scope.workspaceId === principal.scope.workspaceId)
    const name = principalName(principal).id
    const same = own.filter((other) => other !== undefined && principalName(other).id === name)
    if (own.length >= perWorkspace || same.length >= perPrincipal)
      throw new AppError(
        'request.rate_limited',
        `${own.length} live sockets of the workspace, ${same.length} of ${name}`,
      )
  }

  #requestOf({ socket, headers }: IncomingMessage): RequestContext {
    const forwarded = headers['x-forwarded-for']
    return {
      requestId: this.#deps.newRequestId(),
      address: clientAddress({
        peer: socket.remoteAddress ?? '0.0.0.0',
        forwardedFor: typeof forwarded === 'string' ? forwarded : forwarded?.join(','),
        trustedProxies: this.#deps.trustedProxies,
      }),
      userAgent: headers['user-agent'] ?? '',
      origin: headers.origin,
    }
  }
}

/** The request is reachable as long as its socket is open. */
function forgetTicket({ headers, rawHeaders }: IncomingMessage): void {
  rawHeaders.splice(0)
  delete headers['sec-websocket-protocol']
}

/** In the sub-protocol alone, once: what stands in an address is written to logs. */
function ticketOf({ headers }: IncomingMessage): string | undefined {
  const offered = (headers['sec-websocket-protocol'] ?? '').split(',').map((protocol) => protocol.trim())
  const tickets = offered.filter((protocol) => protocol.startsWith(tokenSubprotocolPrefix))
  return tickets.length === 1 ? tickets[0]?.slice(tokenSubprotocolPrefix.length) : undefined
}
