/** 134_000 -> "02:14"; from an hour on "1:02:14". */
export function formatElapsed(elapsedMs: number): string {
  const seconds = Math.max(0, Math.floor(elapsedMs / 1000))
  const hours = Math.floor(seconds / 3600)
  const rest = [Math.floor(seconds / 60) % 60, seconds % 60].map((part) => String(part).padStart(2, '0'))
  return hours === 0 ? rest.join(':') : [hours, ...rest].join(':')
}

/** "ses_01jd3v7t6zf3m8k2x9w4c5b6n7" -> "ses_01jd…6n7": enough to compare by eye. */
export function shortId(id: string): string {
  return id.length <= 14 ? id : `${id.slice(0, 8)}…${id.slice(-3)}`
}

/** One digit where it says something, two below a tenth: "0.3 ms", "0.04 ms". */
export function formatMs(ms: number): string {
  if (ms > 0 && ms < 0.01) return '< 0.01 ms'
  return `${ms < 0.1 ? ms.toFixed(2) : ms.toFixed(1)} ms`
}

export function formatCount(count: number, singular: string): string {
  return `${count} ${count === 1 ? singular : `${singular}s`}`
}
