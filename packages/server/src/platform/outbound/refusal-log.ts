/**
 * Threat: a workspace that is refused again and again fills the audit log, takes the room of other workspaces in it, or hides in
 * it what matters.
 * Rule: the first refusal of a workspace, host and reason is told at once, then one entry a minute with their number; at most
 * twenty entries a minute for each workspace. What was left out is counted and told with the next.
 * On failure: an entry that cannot be told is lost; the refusal itself stands.
 */
import type { Uuid } from '@hyponema/contract'
import { LRUCache } from 'lru-cache'
import type { Clock } from '../../kernel/clock.ts'
import type { RefusalReason } from './check-target.ts'

type Refused = {
  readonly workspaceId: Uuid
  /** After the one parse; undefined where that failed. */
  readonly host: string | undefined
  readonly reason: RefusalReason
}

/** One refusal, or several alike. For the audit log and operators; never for the one who asked. */
export type OutboundRefusal = Refused & {
  /** How many refusals this stands for: 1 at first, then those of the minute since. */
  readonly times: number
  /** Refusals of this workspace since its last entry that no entry tells of. */
  readonly leftOut: number
}

const windowMs = 60_000
const maxEntriesPerWindow = 20
/** Of one workspace: more hosts than these in a minute are a scan, which is counted as one. */
const maxKnownPerWorkspace = 100
const maxWorkspaces = 2000

type Known = { readonly refused: Refused; toldAtMs: number; untold: number }
type Workspace = { readonly known: Map<string, Known>; sinceMs: number; entries: number; leftOut: number }

export class RefusalLog {
  readonly #tell: (refusal: OutboundRefusal) => void
  readonly #clock: Clock
  readonly #workspaces = new LRUCache<string, Workspace>({
    max: maxWorkspaces,
    dispose: (workspace) => this.#tellDue(workspace, this.#clock.nowMs(), 0),
  })
  #timer: NodeJS.Timeout | undefined

  constructor(tell: (refusal: OutboundRefusal) => void, clock: Clock) {
    this.#tell = tell
    this.#clock = clock
  }

  add(refused: Refused): void {
    const nowMs = this.#clock.nowMs()
    this.#tellAllDue(nowMs)
    const workspace = this.#workspaceOf(refused.workspaceId, nowMs)
    const key = `${refused.reason} ${refused.host ?? ''}`
    const known = workspace.known.get(key)
    if (known !== undefined) known.untold += 1
    else if (workspace.known.size >= maxKnownPerWorkspace) workspace.leftOut += 1
    else {
      workspace.known.set(key, { refused, toldAtMs: nowMs, untold: 0 })
      this.#enter(workspace, { refused, times: 1 }, nowMs)
    }
    // Nobody may come after the last one; its number is told all the same.
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      this.#tellAllDue(this.#clock.nowMs())
    }, windowMs).unref()
  }

  /** Tells what is untold. */
  close(): void {
    clearTimeout(this.#timer)
    this.#tellAllDue(this.#clock.nowMs(), 0)
  }

  #workspaceOf(workspaceId: string, nowMs: number): Workspace {
    const existing = this.#workspaces.get(workspaceId)
    if (existing !== undefined) return existing
    const workspace: Workspace = { known: new Map(), sinceMs: nowMs, entries: 0, leftOut: 0 }
    this.#workspaces.set(workspaceId, workspace)
    return workspace
  }

  #tellAllDue(nowMs: number, quietMs = windowMs): void {
    for (const workspace of this.#workspaces.values()) this.#tellDue(workspace, nowMs, quietMs)
  }

  #tellDue(workspace: Workspace, nowMs: number, quietMs: number): void {
    for (const [key, known] of workspace.known) {
      if (nowMs - known.toldAtMs < quietMs) continue
      if (known.untold === 0) {
        workspace.known.delete(key)
        continue
      }
      const { refused, untold } = known
      known.toldAtMs = nowMs
      known.untold = 0
      this.#enter(workspace, { refused, times: untold }, nowMs)
    }
  }

  #enter(workspace: Workspace, { refused, times }: { refused: Refused; times: number }, nowMs: number): void {
    if (nowMs - workspace.sinceMs >= windowMs) {
      workspace.sinceMs = nowMs
      workspace.entries = 0
    }
    if (workspace.entries >= maxEntriesPerWindow) {
      workspace.leftOut += times
      return
    }
    workspace.entries += 1
    const { leftOut } = workspace
    workspace.leftOut = 0
    try {
      this.#tell({ ...refused, times, leftOut })
    } catch {
      // The refusal stands whether or not it could be written down; the writer reports its own failures.
    }
  }
}
