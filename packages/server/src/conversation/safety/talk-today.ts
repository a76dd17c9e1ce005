/** A time in which a session was open; `endMs` undefined: it still is, as far as anybody knows. */
export type OpenTime = { readonly startMs: number; readonly endMs: number | undefined }

export type TalkToday = { readonly minutes: number; readonly sessions: number }

/** What of these times lies in the day that began at `dayStartMs`. Two sessions at once are one time. */
export function talkToday(
  times: readonly OpenTime[],
  { dayStartMs, nowMs }: { dayStartMs: number; nowMs: number },
): TalkToday {
  const today = times
    .map(({ startMs, endMs }) => ({ fromMs: Math.max(startMs, dayStartMs), toMs: Math.min(endMs ?? nowMs, nowMs) }))
    .filter(({ fromMs, toMs }) => toMs >= fromMs && toMs > dayStartMs)
    .toSorted((left, right) => left.fromMs - right.fromMs)
  let reachedMs = dayStartMs
  let totalMs = 0
  for (const { fromMs, toMs } of today) {
    totalMs += Math.max(0, toMs - Math.max(fromMs, reachedMs))
    reachedMs = Math.max(reachedMs, toMs)
  }
  return { minutes: totalMs / 60_000, sessions: today.length }
}
