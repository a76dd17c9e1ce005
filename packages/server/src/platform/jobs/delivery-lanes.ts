/**
 * Threat: endpoints that hang or fail use up what endpoints that answer need, in one workspace or across.
 * Rule: requests run in two lanes with bounds of their own, in all and for each workspace. One that has run for `slowAfterMs`
 * leaves the fast lane for the slow one, full or not, so that nobody holds a place among the fast ones for longer. What waits for
 * a place is told of one in the order in which it came.
 * On failure: no place, nothing is sent; the delivery stays due.
 *
 * fast: the last attempt at the endpoint succeeded, or there was none -> slowAfterMs -> slow
 * slow: everything else
 */
export type Lane = 'fast' | 'slow'

export type LaneBounds = { readonly inAll: number; readonly perWorkspace: number }

/** One running request. */
export type Place = {
  /** To be called once, when the request is over. */
  readonly leave: () => void
}

export type LaneSettings = Readonly<Record<Lane, LaneBounds>> & { readonly slowAfterMs: number }

/**
 * A workspace has 50 endpoints at most, so each of them has its place in the slow lane, and a thousand hanging requests cost some
 * tens of megabytes.
 */
export const defaultLanes: LaneSettings = {
  fast: { inAll: 512, perWorkspace: 128 },
  slow: { inAll: 1024, perWorkspace: 128 },
  slowAfterMs: 500,
}

type Waiting = { readonly lane: Lane; readonly workspaceId: string; readonly tell: () => void }

export class DeliveryLanes {
  readonly #settings: LaneSettings
  readonly #running = { fast: new Running(), slow: new Running() }
  readonly #waiting = new Set<Waiting>()

  constructor(settings: LaneSettings = defaultLanes) {
    this.#settings = settings
  }

  hasRoom(lane: Lane, workspaceId: string): boolean {
    const { inAll, perWorkspace } = this.#settings[lane]
    const running = this.#running[lane]
    return running.inAll < inAll && running.of(workspaceId) < perWorkspace
  }

  /** Undefined where there is no room. `onSlow` is called when the place has moved to the slow lane. */
  take(lane: Lane, workspaceId: string, onSlow: () => void): Place | undefined {
    if (!this.hasRoom(lane, workspaceId)) return undefined
    let at: Lane = lane
    this.#running[at].add(workspaceId, 1)
    const timer = setTimeout(() => {
      if (at === 'fast') {
        at = 'slow'
        this.#running.fast.add(workspaceId, -1)
        this.#running.slow.add(workspaceId, 1)
        this.#tellNext('fast')
      }
      onSlow()
    }, this.#settings.slowAfterMs)
    return {
      leave: () => {
        clearTimeout(timer)
        this.#running[at].add(workspaceId, -1)
        this.#tellNext(at)
      },
    }
  }

  /** Calls `tell` once, when there may be room; who then finds none waits again. Returns what takes the wish back. */
  waitForRoom(lane: Lane, workspaceId: string, tell: () => void): () => void {
    const one = { lane, workspaceId, tell }
    this.#waiting.add(one)
    return () => void this.#waiting.delete(one)
  }

  /** Until the room is taken: whoever is told may have come to need another lane, or nothing, and would keep it from the rest. */
  #tellNext(lane: Lane): void {
    for (const one of this.#waiting) {
      if (this.#running[lane].inAll >= this.#settings[lane].inAll) return
      if (one.lane !== lane || !this.hasRoom(lane, one.workspaceId)) continue
      this.#waiting.delete(one)
      one.tell()
    }
  }
}

class Running {
  inAll = 0
  readonly #of = new Map<string, number>()

  of(workspaceId: string): number {
    return this.#of.get(workspaceId) ?? 0
  }

  add(workspaceId: string, change: 1 | -1): void {
    this.inAll += change
    const running = this.of(workspaceId) + change
    if (running === 0) this.#of.delete(workspaceId)
    else this.#of.set(workspaceId, running)
  }
}
