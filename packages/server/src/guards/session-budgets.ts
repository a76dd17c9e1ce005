/**
 * Threat: one workspace, by a loop in its backend, by a stolen key or by its callers, fills the installation with sessions
 * or spends in an hour what its owner meant to spend in a month.
 * Rule: a workspace creates so many sessions a minute, and begins no session once its sessions of this day of UTC have used
 * its minutes of voice, its model tokens or the characters that it lets be spoken. A session counts for the day on which it
 * was created. Sums are at most 5 s old; a session that has begun goes on, within the limits of its agent.
 * On failure: request.rate_limited or workspace.day_limit, both with Retry-After; nothing is created, nobody joins.
 */
import type { Uuid, WorkspaceLimits, WorkspaceUsage } from '@hyponema/contract'
import { LRUCache } from 'lru-cache'
import { AppError } from '../kernel/app-error.ts'
import type { Clock } from '../kernel/clock.ts'
import type { WorkspaceTx } from '../platform/postgres/workspace-tx.ts'
import type { BucketAnswer, TokenBuckets } from './token-buckets.ts'

const dayMs = 24 * 60 * 60 * 1000
/** A sum over 10,000 sessions takes some 10 ms, and 5 s of a thousand sessions are 80 minutes of 10,000. */
const freshMs = 5_000
const maxWorkspaces = 10_000

export type SessionBudgetsOptions = {
  readonly creations: TokenBuckets
  /** What the sessions of this day have used so far. */
  readonly readUsage: (tx: WorkspaceTx, nowMs: number) => Promise<WorkspaceUsage>
  readonly clock: Clock
}

type Known = { readonly usage: WorkspaceUsage; readonly atMs: number }

export class SessionBudgets {
  readonly #creations: TokenBuckets
  readonly #readUsage: SessionBudgetsOptions['readUsage']
  readonly #clock: Clock
  readonly #known = new LRUCache<Uuid, Known>({ max: maxWorkspaces })

  constructor({ creations, readUsage, clock }: SessionBudgetsOptions) {
    this.#creations = creations
    this.#readUsage = readUsage
    this.#clock = clock
  }

  /** One creation. Who spends at once what a minute allows waits until it has flowed back. */
  takeCreation(tx: WorkspaceTx, { session_creations_per_minute: perMinute }: WorkspaceLimits): BucketAnswer {
    return this.#creations.take(tx.workspaceId, { burst: perMinute, refillPerSecond: perMinute / 60 })
  }

  /** Throws workspace.day_limit where something that this modality needs is used up. */
  async requireDay(tx: WorkspaceTx, limits: WorkspaceLimits, modality: 'text' | 'voice' | 'voice+text'): Promise<void> {
    const used = await this.#usage(tx)
    const speaks = modality !== 'text'
    const isUsedUp =
      used.model_tokens >= limits.model_tokens_per_day ||
      (speaks && used.voice_minutes >= limits.voice_minutes_per_day) ||
      (speaks && used.spoken_characters >= limits.spoken_characters_per_day)
    if (!isUsedUp) return
    const nowMs = this.#clock.nowMs()
    throw new AppError('workspace.day_limit', 'what the workspace may use in a day is used up', {
      retryAfterSeconds: (dayMs - (nowMs % dayMs)) / 1000,
    })
  }

  async #usage(tx: WorkspaceTx): Promise<WorkspaceUsage> {
    const nowMs = this.#clock.nowMs()
    const known = this.#known.get(tx.workspaceId)
    const isFresh = known !== undefined && Math.abs(nowMs - known.atMs) < freshMs
    if (isFresh && dayOf(known.atMs) === dayOf(nowMs)) return known.usage
    const usage = await this.#readUsage(tx, nowMs)
    this.#known.set(tx.workspaceId, { usage, atMs: nowMs })
    return usage
  }
}

function dayOf(ms: number): number {
  return Math.floor(ms / dayMs)
}
