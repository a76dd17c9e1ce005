/**
 * Threat: whatever a customer can aim (model endpoints, tools, webhooks) is used against our own network, drains our memory or
 * time, or carries a key to a place that nobody checked.
 * Rule: every use is judged anew (check-target), goes to a checked address only (open-socket), under byte caps, deadlines and the
 * workspace's budget, without redirects, cookies, content codings or proxies of the environment. Keys are added here, inside the
 * secret's `use`, so adapters never hold one.
 * On failure: outbound.address_refused for everything that policy refuses and for what does not resolve, after the same minimum
 * time; outbound.budget_exceeded, outbound.timeout, outbound.too_large, outbound.failed for the rest.
 */
import type { Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import type { Uuid } from '@hyponema/contract'
import type { Dispatcher } from 'undici'
import { AppError } from '../../kernel/app-error.ts'
import { type Clock, systemClock } from '../../kernel/clock.ts'
import { type AllowEntry, findAllowEntry } from './allow-entry.ts'
import { type CheckedTarget, type CheckRules, checkTarget, type RefusalReason } from './check-target.ts'
import { connectOutboundSocket } from './connect-outbound-socket.ts'
import { ProxyRefused } from './connect-through-proxy.ts'
import { ConnectionPools } from './connection-pools.ts'
import type { SecretHeader } from './lend-secret.ts'
import { limitedResponse } from './limited-response.ts'
import { ConnectionFailed } from './open-socket.ts'
import { outboundFailure } from './outbound-failure.ts'
import { requestHeaders, withSecretHeader } from './outbound-headers.ts'
import { type OutboundSocket, type OutboundSocketEvents, upgradeToWebSocket } from './outbound-socket.ts'
import type { OwnPlace } from './own-places.ts'
import type { ForwardProxy } from './parse-proxy-url.ts'
import { parseTarget } from './parse-target.ts'
import { type OutboundRefusal, RefusalLog } from './refusal-log.ts'
import { RequestDeadlines } from './request-deadlines.ts'
import { type AddressResolver, createDnsResolver } from './resolve-addresses.ts'
import { type BudgetSettings, defaultBudget, socketBudget, TargetBudget } from './target-budget.ts'
import { defaultWebSocketLimits, type WebSocketLimits } from './web-socket-limits.ts'

export type OutboundLimits = {
  readonly firstByteMs: number
  readonly totalMs: number
  readonly maxRequestBytes: number
  readonly maxResponseBytes: number
}

export type OutboundRequest = {
  readonly url: string
  readonly method?: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly headers?: ConstructorParameters<typeof Headers>[0]
  readonly body?: string | Uint8Array
  readonly signal?: AbortSignal
}

export type OutboundUse = {
  readonly workspaceId: Uuid
  /** The workspace's own list of hosts, exact or `*.example.com`; null where it has none. It narrows and never opens. */
  readonly onlyHosts: readonly string[] | null
  readonly secretHeader?: SecretHeader
  readonly limits?: Partial<OutboundLimits>
  /** Refuse a target that no installation entry opens: for calls without a key, which belong to local servers only. */
  readonly installationEntryOnly?: boolean
}

export type OutboundSocketRequest = OutboundSocketEvents & {
  /** `wss:`, or `ws:` where an installation entry opens it. */
  readonly url: string
  readonly protocols?: readonly string[]
  readonly headers?: ConstructorParameters<typeof Headers>[0]
  /** Ends the attempt, and later the socket. */
  readonly signal?: AbortSignal
}

export type OutboundSocketUse = Omit<OutboundUse, 'limits'> & { readonly limits?: Partial<WebSocketLimits> }

export type OutboundDoor = {
  /** Sends one request. The answer's body streams; read it or cancel it. Redirects come back as they are, without their target. */
  readonly fetch: (request: OutboundRequest, use: OutboundUse) => Promise<Response>
  /**
   * Opens a WebSocket under the same rules; it counts as one running request until it is closed. Rejects with
   * OutboundSocketRefused, which holds the HTTP status, when the other side refuses the upgrade.
   */
  readonly openSocket: (request: OutboundSocketRequest, use: OutboundSocketUse) => Promise<OutboundSocket>
  /** Resolves with where the URL leads when it may be called now; else rejects with outbound.address_refused. */
  readonly judge: (
    untrustedUrl: string,
    use: Pick<OutboundUse, 'workspaceId' | 'onlyHosts' | 'installationEntryOnly'>,
  ) => Promise<{ scheme: string; host: string; port: number }>
  /** Whether an installation entry names this URL, called over HTTP or over a socket. Says nothing about what is public. */
  readonly isOpened: (untrustedUrl: string) => boolean
  /** Cuts every connection; later requests are refused as server.draining. */
  readonly close: () => Promise<void>
}

export type OutboundDoorOptions = {
  readonly allow: readonly AllowEntry[]
  /** Public names of this installation, which tenants may not call. */
  readonly ownNames: readonly string[]
  /** Where this installation listens, and what it uses itself: its database, its mail server, its proxy. */
  readonly ownAddresses: readonly OwnPlace[]
  readonly resolver?: AddressResolver
  readonly clock?: Clock
  /** Told of refusals, coalesced. Throwing here does not change what the caller gets. */
  readonly onRefused?: (refusal: OutboundRefusal) => void
  readonly budget?: BudgetSettings
  /** A refusal takes a multiple of this, so that its time does not tell names and addresses of the inside apart. */
  readonly refusalStepMs?: number
  readonly connectTimeoutMs?: number
  readonly certificateAuthorities?: readonly string[]
  /** A forward proxy between us and everything that no installation entry opens. Never taken from the environment. */
  readonly proxy?: ForwardProxy | undefined
}

const defaultLimits: OutboundLimits = {
  firstByteMs: 15_000,
  totalMs: 60_000,
  maxRequestBytes: 1_048_576,
  maxResponseBytes: 4_194_304,
}
/** A name server that takes longer makes every turn late; the next use asks again. */
const resolveTimeoutMs = 1500
const defaultRefusalStepMs = 200
const defaultConnectTimeoutMs = 3000
/** Addresses tried one after the other while nothing has been sent. */
const maxAttempts = 3
const maxPools = 512

export function createOutboundDoor(options: OutboundDoorOptions): OutboundDoor {
  const door = new Door(options)
  return {
    fetch: (request, use) => door.fetch(request, use),
    openSocket: (request, use) => door.openSocket(request, use),
    judge: (untrustedUrl, use) => door.judge(untrustedUrl, use),
    isOpened: (untrustedUrl) => isOpened(untrustedUrl, options.allow),
    close: () => door.close(),
  }
}

function isOpened(untrustedUrl: string, allow: readonly AllowEntry[]): boolean {
  return [untrustedUrl, untrustedUrl.replace(/^http/i, 'ws')].some((text) => {
    const target = parseTarget(text)
    return target !== undefined && findAllowEntry(allow, target) !== undefined
  })
}

class Door {
  readonly #rules: Omit<CheckRules, 'onlyHosts'>
  readonly #pools: ConnectionPools
  readonly #budget: TargetBudget
  readonly #sockets: TargetBudget
  readonly #refusals: RefusalLog
  readonly #refusalStepMs: number
  readonly #connect: Omit<Parameters<typeof connectOutboundSocket>[1], 'signal'>
  readonly #closing = new AbortController()

  constructor(options: OutboundDoorOptions) {
    const clock = options.clock ?? systemClock
    const budget = options.budget ?? defaultBudget
    const resolver = options.resolver ?? createDnsResolver({ timeoutMs: resolveTimeoutMs })
    const { allow, ownNames, ownAddresses } = options
    this.#rules = { allow, ownNames, ownAddresses, resolver, resolveTimeoutMs }
    this.#budget = new TargetBudget(budget, clock)
    this.#sockets = new TargetBudget(options.budget ?? socketBudget, clock)
    this.#refusals = new RefusalLog(options.onRefused ?? (() => undefined), clock)
    this.#refusalStepMs = options.refusalStepMs ?? defaultRefusalStepMs
    const { connectTimeoutMs = defaultConnectTimeoutMs, certificateAuthorities, proxy } = options
    this.#connect = { timeoutMs: connectTimeoutMs, certificateAuthorities, proxy }
    this.#pools = new ConnectionPools({
      connectTimeoutMs,
      connectionsPerPool: budget.atOnce,
      maxPools,
      certificateAuthorities,
      proxy,
    })
  }

  async judge(
    untrustedUrl: string,
    use: Parameters<OutboundDoor['judge']>[1],
  ): Promise<{ scheme: string; host: string; port: number }> {
    const { scheme, host, port } = await this.#check(untrustedUrl, {
      ...use,
      schemes: /^(http|ws)s?$/,
      installationEntryOnly: use.installationEntryOnly === true,
    })
    return { scheme, host, port }
  }

  async fetch(request: OutboundRequest, use: OutboundUse): Promise<Response> {
    request.signal?.throwIfAborted()
    this.#refuseWhenClosed()
    const startedMs = performance.now()
    const { workspaceId } = use
    const limits = { ...defaultLimits, ...use.limits }
    if (Buffer.byteLength(request.body ?? '') > limits.maxRequestBytes) {
      throw new AppError(
        'outbound.failed',
        `the request has more than ${limits.maxRequestBytes} bytes; nothing was sent`,
      )
    }
    const target = await this.#check(request.url, {
      ...use,
      schemes: /^https?$/,
      installationEntryOnly: use.installationEntryOnly === true,
    })
    const what = `${target.host} port ${target.port}`
    const giveBack = this.#budget.take(workspaceId, target.host)
    const deadlines = new RequestDeadlines({ what, ...limits, parent: request.signal })
    const finished = (): void => {
      deadlines.clear()
      giveBack()
    }
    try {
      deadlines.signal.throwIfAborted()
      const answer = await this.#send(request, use, target, deadlines.signal)
      deadlines.answerBegan()
      return limitedResponse(answer, { what, maxBytes: limits.maxResponseBytes, signal: deadlines.signal, finished })
    } catch (cause) {
      finished()
      if (cause instanceof ProxyRefused)
        await this.#refuse({ workspaceId, host: target.host, reason: 'refused_by_proxy' }, startedMs)
      throw outboundFailure(cause, what, deadlines.signal)
    }
  }

  async openSocket(request: OutboundSocketRequest, use: OutboundSocketUse): Promise<OutboundSocket> {
    request.signal?.throwIfAborted()
    this.#refuseWhenClosed()
    const startedMs = performance.now()
    const { workspaceId } = use
    const limits = { ...defaultWebSocketLimits, ...use.limits }
    const target = await this.#check(request.url, {
      ...use,
      schemes: /^wss?$/,
      installationEntryOnly: use.installationEntryOnly === true,
    })
    const what = `${target.host} port ${target.port}`
    const giveBack = this.#sockets.take(workspaceId, target.host)
    const parent = AbortSignal.any([this.#closing.signal, ...(request.signal === undefined ? [] : [request.signal])])
    const deadlines = new RequestDeadlines({
      what,
      firstByteMs: limits.handshakeMs,
      totalMs: limits.totalMs,
      parent,
    })
    const { signal } = deadlines
    const finished = (): void => {
      deadlines.clear()
      giveBack()
    }
    const endedByCaller = (): boolean => request.signal?.aborted === true
    let connection: Socket | undefined
    try {
      const headers = requestHeaders(request.headers, use.secretHeader)
      connection = await connectOutboundSocket(target, { ...this.#connect, signal })
      const { protocols = [] } = request
      const upgrade = { connection, target, protocols, limits, events: request, signal, endedByCaller, what, finished }
      const socket = await withSecretHeader(headers, use.secretHeader, (complete) =>
        upgradeToWebSocket({ ...upgrade, headers: complete }),
      )
      deadlines.answerBegan()
      return socket
    } catch (cause) {
      connection?.destroy()
      finished()
      if (cause instanceof ProxyRefused)
        await this.#refuse({ workspaceId, host: target.host, reason: 'refused_by_proxy' }, startedMs)
      throw outboundFailure(cause, what, signal)
    }
  }

  async close(): Promise<void> {
    this.#closing.abort(new AppError('server.draining', 'the outbound door has been closed'))
    this.#refusals.close()
    await this.#pools.close()
  }

  #refuseWhenClosed(): void {
    if (!this.#closing.signal.aborted) return
    throw new AppError('server.draining', 'the outbound door has been closed; nothing was sent')
  }

  /** Tries the checked addresses in turn; one with an open pool comes first. */
  async #send(
    request: OutboundRequest,
    use: OutboundUse,
    target: CheckedTarget,
    signal: AbortSignal,
  ): Promise<Dispatcher.ResponseData> {
    const headers = requestHeaders(request.headers, use.secretHeader)
    const known = target.addresses.filter((address) => this.#pools.has(use.workspaceId, target, address))
    const candidates = [...new Set([...known, ...target.addresses])].slice(0, maxAttempts)
    let failed: ConnectionFailed | undefined
    for (const address of candidates) {
      const pool = this.#pools.poolFor(use.workspaceId, target, address)
      try {
        return await withSecretHeader(headers, use.secretHeader, (complete) =>
          pool.request({
            path: target.path,
            method: request.method ?? 'GET',
            headers: complete,
            body: request.body ?? null,
            signal,
          }),
        )
      } catch (cause) {
        if (!(cause instanceof ConnectionFailed) || signal.aborted) throw cause
        failed = cause
      }
    }
    throw failed ?? new AppError('outbound.failed', 'no address to try')
  }

  async #check(
    untrustedUrl: string,
    options: Pick<OutboundUse, 'workspaceId' | 'onlyHosts'> & { schemes: RegExp; installationEntryOnly: boolean },
  ): Promise<CheckedTarget> {
    const startedMs = performance.now()
    const verdict = await checkTarget(untrustedUrl, { ...this.#rules, onlyHosts: options.onlyHosts })
    if (verdict.allowed && options.schemes.test(verdict.target.scheme)) {
      if (!options.installationEntryOnly || verdict.target.openedByInstallation) return verdict.target
    }
    const reason = verdict.allowed
      ? options.installationEntryOnly
        ? 'needs_installation_entry'
        : 'scheme_or_port'
      : verdict.reason
    const host = verdict.allowed ? verdict.target.host : verdict.host
    return this.#refuse({ workspaceId: options.workspaceId, host, reason }, startedMs)
  }

  async #refuse(
    refused: { workspaceId: Uuid; host: string | undefined; reason: RefusalReason },
    startedMs: number,
  ): Promise<never> {
    const spentMs = performance.now() - startedMs
    await wait(Math.max(1, Math.ceil(spentMs / this.#refusalStepMs)) * this.#refusalStepMs - spentMs)
    // Told behind the wait: the time of the entry would say how long DNS took to whoever reads the audit log of the workspace.
    this.#refusals.add(refused)
    const { reason, host = 'unreadable' } = refused
    throw new AppError('outbound.address_refused', `outbound refused: ${reason}, host ${host}`)
  }
}
