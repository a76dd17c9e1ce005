import type { TopicCooldown } from '@hyponema/contract'

const hourMs = 3_600_000

export type CooldownReason = 'negative_wording' | 'user_asked' | 'rule' | 'operator'

/** Why a topic rests, and since when. */
export interface CooldownCause {
  readonly reason: CooldownReason
  readonly atMs: number
}

export type CooldownLength = Pick<TopicCooldown, 'hours' | 'extend_hours' | 'max_hours'> & {
  readonly decay_hours?: number | undefined
}

/**
 * When a cooldown ends: the first cause that counts lasts `hours`, each further one adds `extend_hours`, and all of it lasts at
 * most `max_hours` from the first (never less than `hours`). A cause counts until it is `decay_hours` old; when none counts any
 * more, it is over. `causes` are sorted, the oldest first, and there is at least one.
 */
export function cooldownEnd(length: CooldownLength, causes: readonly CooldownCause[]): number {
  const decayMs = length.decay_hours === undefined ? Number.POSITIVE_INFINITY : length.decay_hours * hourMs
  let overMs = Number.NEGATIVE_INFINITY
  for (let counting = causes; counting[0] !== undefined; counting = counting.slice(1)) {
    const firstMs = counting[0].atMs
    const lastsMs = lengthMs(length, counting.length)
    const endMs = Math.max(overMs, firstMs + lastsMs)
    const decaysMs = firstMs + decayMs
    if (endMs <= decaysMs) return endMs
    overMs = decaysMs
  }
  return overMs
}

function lengthMs({ hours, extend_hours: extend, max_hours: most }: CooldownLength, causes: number): number {
  return Math.min(hours + extend * (causes - 1), Math.max(hours, most)) * hourMs
}
