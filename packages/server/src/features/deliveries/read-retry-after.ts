const dayMs = 24 * 60 * 60 * 1000

const seconds = /^\d{1,12}$/
/** The three forms of RFC 9110, 5.6.7; the last one says no zone and means GMT. */
const fixedDate = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/
const oldDate = /^[A-Z][a-z]+, \d{2}-[A-Z][a-z]{2}-\d{2} \d{2}:\d{2}:\d{2} GMT$/
const bareDate = /^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d{2}:\d{2}:\d{2} \d{4}$/

/** How long `Retry-After` asks us to wait, a day at most; undefined where it is absent, unreadable or over. */
export function readRetryAfter(header: string | null, nowMs: number): number | undefined {
  const untilMs = header === null ? undefined : momentOf(header.trim(), nowMs)
  if (untilMs === undefined || !(untilMs > nowMs)) return undefined
  return Math.min(untilMs - nowMs, dayMs)
}

function momentOf(text: string, nowMs: number): number | undefined {
  if (seconds.test(text)) return nowMs + Number(text) * 1000
  if (fixedDate.test(text) || oldDate.test(text)) return Date.parse(text)
  return bareDate.test(text) ? Date.parse(`${text} GMT`) : undefined
}
