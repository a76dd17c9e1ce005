/** How a moment is written in one language and time zone. Making one takes longer than the rest of a prompt; using it does not. */
export type TimeFormats = {
  readonly time: Intl.DateTimeFormat
  readonly date: Intl.DateTimeFormat
  readonly weekday: Intl.DateTimeFormat
}

/** Enough for the places that one process talks to at a time; each takes some tens of kilobytes. */
const maxKept = 32
const kept = new Map<string, TimeFormats>()

export function timeFormats(language: string, timeZone: string): TimeFormats {
  const key = `${language} ${timeZone}`
  const known = kept.get(key)
  if (known !== undefined) return known
  const [oldest] = kept.keys()
  if (kept.size >= maxKept && oldest !== undefined) kept.delete(oldest)
  const made = make(language, timeZone)
  kept.set(key, made)
  return made
}

function make(language: string, timeZone: string): TimeFormats {
  return {
    time: new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZone }),
    // As ISO 8601 writes it, which this locale happens to do.
    date: new Intl.DateTimeFormat('sv-SE', { year: 'numeric', month: '2-digit', day: '2-digit', timeZone }),
    weekday: new Intl.DateTimeFormat(language, { weekday: 'long', timeZone }),
  }
}
