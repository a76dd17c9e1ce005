/**
 * Threat: somebody who is refused again and again fills the audit log, and hides in it what matters.
 * Rule: the first refusal of a code and network prefix is written at once, then one event a minute with their number; at
 * most 60 rows a minute altogether. What was dropped is counted and told with the next (evidence-and-privacy 1).
 * On failure: a row that cannot be written is told to `onFailed`; the refusal itself stands.
 *
 * absent --refused: told--> quiet (60 s) --refused: counted--> quiet with a number --60 s: told--> quiet
 *    ^--------------- 60 s without another -------------------'
 */
import type { ErrorCode } from '@hyponema/contract'
import ipaddr from 'ipaddr.js'
import type { Clock } from '../kernel/clock.ts'
import type { RequestContext } from '../kernel/request-context.ts'

/** `request` is the last one that this stands for, with the network prefix as its address. */
export type ToldRefusals = {
  readonly code: ErrorCode
  readonly request: RequestContext
  readonly times: number
  /** Refusals since the last event that no event tells of. */
  readonly dropped: number
}

type Options = {
  readonly tell: (told: ToldRefusals) => Promise<void>
  readonly onFailed: (error: unknown) => void
  readonly clock: Clock
}

const windowMs = 60_000
const maxRowsPerWindow = 60
/** Each is a code and a network; more of them at once are a flood, which is counted as such. */
const maxRemembered = 2_000

type Remembered = { readonly code: ErrorCode; request: RequestContext; toldAtMs: number; untold: number }

export class CoalescedRefusals {
  readonly #options: Options
  readonly #remembered = new Map<string, Remembered>()
  readonly #writing = new Set<Promise<void>>()
  #rows = { sinceMs: 0, count: 0 }
  #dropped = 0
  #timer: NodeJS.Timeout | undefined

  constructor(options: Options) {
    this.#options = options
  }

  add(code: ErrorCode, { address, ...others }: RequestContext): void {
    const request = { ...others, address: networkPrefix(address) }
    const nowMs = this.#options.clock.nowMs()
    this.#tellDue(nowMs)
    const key = `${code} ${request.address}`
    const known = this.#remembered.get(key)
    if (known === undefined && this.#remembered.size >= maxRemembered) {
      this.#dropped += 1
    } else if (known === undefined) {
      this.#remembered.set(key, { code, request, toldAtMs: nowMs, untold: 0 })
      this.#tell({ code, request, times: 1 }, nowMs)
    } else {
      known.untold += 1
      known.request = request
    }
    // Nobody may come after the last one; its number is told all the same.
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      this.#tellDue(this.#options.clock.nowMs())
    }, windowMs).unref()
  }

  /** Tells what is untold, and resolves when all of it is written. */
  async close(): Promise<void> {
    clearTimeout(this.#timer)
    this.#tellDue(this.#options.clock.nowMs(), 0)
    await Promise.all(this.#writing)
  }

  #tellDue(nowMs: number, quietMs = windowMs): void {
    for (const [key, known] of this.#remembered) {
      if (nowMs - known.toldAtMs < quietMs) continue
      if (known.untold === 0) {
        this.#remembered.delete(key)
        continue
      }
      this.#tell({ code: known.code, request: known.request, times: known.untold }, nowMs)
      known.toldAtMs = nowMs
      known.untold = 0
    }
  }

  #tell(told: Omit<ToldRefusals, 'dropped'>, nowMs: number): void {
    if (nowMs - this.#rows.sinceMs >= windowMs) this.#rows = { sinceMs: nowMs, count: 0 }
    if (this.#rows.count >= maxRowsPerWindow) {
      this.#dropped += told.times
      return
    }
    this.#rows.count += 1
    const writing = this.#options
      .tell({ ...told, dropped: this.#dropped })
      .catch(this.#options.onFailed)
      .finally(() => this.#writing.delete(writing))
    this.#dropped = 0
    this.#writing.add(writing)
  }
}

/** /24 of IPv4 and /48 of IPv6: what one network usually has. */
function networkPrefix(address: string): string {
  if (!ipaddr.isValid(address)) return 'unknown'
  const parsed = ipaddr.process(address)
  if (parsed instanceof ipaddr.IPv4) return `${parsed.octets.slice(0, 3).join('.')}.0/24`
  const parts = parsed.parts.slice(0, 3).map((part) => part.toString(16))
  return `${parts.join(':')}::/48`
}
