import type { Socket } from 'node:net'
import { LRUCache } from 'lru-cache'
import { Pool } from 'undici'
import type { CheckedTarget } from './check-target.ts'
import { openSocket } from './open-socket.ts'
import type { ForwardProxy } from './parse-proxy-url.ts'
import type { PublicAddress } from './public-address.ts'

export type PoolSettings = {
  readonly connectTimeoutMs: number
  readonly connectionsPerPool: number
  readonly maxPools: number
  readonly certificateAuthorities: readonly string[] | undefined
  /** For everything but what an installation entry opens, which is near and which a proxy would refuse. */
  readonly proxy: ForwardProxy | undefined
}

/** An idle connection is kept this long: longer than a pause between two turns, shorter than the usual minute of a balancer. */
const keepAliveMs = 30_000

/** A model's answer has a few hundred bytes of headers. */
const maxHeaderBytes = 16_384

/**
 * Keep-alive connections, one pool for each workspace, name, address and port. Two workspaces never share a connection, so one
 * cannot see or disturb what the other sends. The number of pools is bounded; the one not used for longest closes when it is idle.
 */
export class ConnectionPools {
  readonly #settings: PoolSettings
  readonly #pools: LRUCache<string, Pool>

  constructor(settings: PoolSettings) {
    this.#settings = settings
    this.#pools = new LRUCache({
      max: settings.maxPools,
      dispose: (pool) => {
        // Requests on the way are finished first. A pool that fails to close has no open connection any more.
        pool.close().catch(() => undefined)
      },
    })
  }

  /** The pool for one checked address of a target. */
  poolFor(workspaceId: string, target: CheckedTarget, address: PublicAddress): Pool {
    const key = poolKey(workspaceId, target, address)
    const existing = this.#pools.get(key)
    if (existing !== undefined) return existing
    const pool = this.#open(target, address)
    this.#pools.set(key, pool)
    return pool
  }

  has(workspaceId: string, target: CheckedTarget, address: PublicAddress): boolean {
    return this.#pools.has(poolKey(workspaceId, target, address))
  }

  get size(): number {
    return this.#pools.size
  }

  /** Cuts every connection. */
  async close(): Promise<void> {
    const pools = [...this.#pools.values()]
    await Promise.all(pools.map((pool) => pool.destroy()))
    this.#pools.clear()
  }

  #open(target: CheckedTarget, address: PublicAddress): Pool {
    const encrypted = target.scheme === 'https' || target.scheme === 'wss'
    const host = target.host.includes(':') ? `[${target.host}]` : target.host
    return new Pool(`${encrypted ? 'https' : 'http'}://${host}:${target.port}`, {
      connections: this.#settings.connectionsPerPool,
      pipelining: 1,
      allowH2: false,
      keepAliveTimeout: keepAliveMs,
      keepAliveMaxTimeout: keepAliveMs,
      maxHeaderSize: maxHeaderBytes,
      // The door holds its own deadlines; undici's timers are coarse.
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: (_where, callback) => {
        void this.#connect(target, address, encrypted).then((outcome) => callback(...outcome))
      },
    })
  }

  async #connect(
    target: CheckedTarget,
    address: PublicAddress,
    encrypted: boolean,
  ): Promise<[null, Socket] | [Error, null]> {
    try {
      const socket = await openSocket({
        address,
        port: target.port,
        tlsHost: encrypted ? target.host : undefined,
        timeoutMs: this.#settings.connectTimeoutMs,
        certificateAuthorities: this.#settings.certificateAuthorities,
        proxy: target.openedByInstallation ? undefined : this.#settings.proxy,
      })
      return [null, socket]
    } catch (cause) {
      return [cause instanceof Error ? cause : new Error(String(cause)), null]
    }
  }
}

function poolKey(workspaceId: string, target: CheckedTarget, address: PublicAddress): string {
  return [workspaceId, target.scheme, target.host, target.port, address].join(' ')
}
