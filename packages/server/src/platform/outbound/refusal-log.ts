import { LRUCache } from 'lru-cache'
import type { Clock } from '../../kernel/clock.ts'
import type { RefusalReason } from './check-target.ts'

/** One refusal, or several alike. For the audit log and operators; never for the one who asked. */
export type OutboundRefusal = {
  readonly workspaceId: string | undefined
  readonly host: string | undefined
  readonly reason: RefusalReason
  /** How many refusals this stands for: 1 at first, then those of the minute since. */
  readonly times: number
}

const coalesceMs = 60_000
const maxRemembered = 2000

/** Tells of the first refusal of its kind at once, and of more of them at most once a minute with their number. */
export class RefusalLog {
  readonly #tell: (refusal: OutboundRefusal) => void
  readonly #clock: Clock
  readonly #recent = new LRUCache<string, { toldAtMs: number; untold: number }>({ max: maxRemembered })

  constructor(tell: (refusal: OutboundRefusal) => void, clock: Clock) {
    this.#tell = tell
    this.#clock = clock
  }

  add(refusal: Omit<OutboundRefusal, 'times'>): void {
    const key = JSON.stringify([refusal.workspaceId, refusal.host, refusal.reason])
    const nowMs = this.#clock.nowMs()
    const recent = this.#recent.get(key)
    if (recent !== undefined && nowMs - recent.toldAtMs < coalesceMs) {
      recent.untold += 1
      return
    }
    this.#recent.set(key, { toldAtMs: nowMs, untold: 0 })
    this.#tell({ ...refusal, times: (recent?.untold ?? 0) + 1 })
  }
}
