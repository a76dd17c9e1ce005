const secondMs = 1_000
const minuteMs = 60 * secondMs
const hourMs = 60 * minuteMs

/** After the first attempt: the ten of secrets-and-outbound 3. */
const offsetsMs = [
  0,
  5 * secondMs,
  5 * minuteMs,
  30 * minuteMs,
  2 * hourMs,
  5 * hourMs,
  10 * hourMs,
  14 * hourMs,
  20 * hourMs,
  24 * hourMs,
]

/** Endpoints that came back together are not asked together again. */
const jitterShare = 0.1
/** A worker that was away for hours does not make up for them by attempts in a row. */
const longestCatchUpMs = 5 * minuteMs

/**
 * When a delivery is tried again after its attempt number `attempt` (the first is 1) has failed; undefined after the tenth.
 * Counted from the first attempt; never sooner than the endpoint asked for with `Retry-After`.
 */
export function findNextAttempt(options: {
  readonly attempt: number
  readonly firstAttemptAt: Date
  readonly nowMs: number
  readonly retryAfterMs: number | undefined
  /** From 0 to 1. */
  readonly random: () => number
}): Date | undefined {
  const { attempt, firstAttemptAt, nowMs } = options
  const [before, after] = [offsetsMs[attempt - 1], offsetsMs[attempt]]
  if (before === undefined || after === undefined) return undefined
  const plannedMs = firstAttemptAt.getTime() + after * (1 + jitterShare * options.random())
  const caughtUpMs = nowMs + Math.min(after - before, longestCatchUpMs)
  return new Date(Math.ceil(Math.max(plannedMs, caughtUpMs, nowMs + (options.retryAfterMs ?? 0))))
}
