/** At once would meet the same fault again; longer than five seconds feels like nothing is tried. */
const firstMs = 250
const longestMs = 5000
/** So that the clients of a server that restarts do not come back in one moment. */
const jitter = 0.25

/** How long to wait before attempt 1, 2, 3...; `seed` is another one for each client and stays on this machine. */
export function reconnectDelay(attempt: number, seed: string): number {
  const wholeMs = Math.min(longestMs, firstMs * 2 ** Math.min(attempt - 1, 10))
  return wholeMs * (1 - jitter + 2 * jitter * spread(`${attempt} ${seed}`))
}

/** FNV-1a of a text with its bits mixed once more, as a number in [0, 1): it only spreads, and guards nothing. */
function spread(text: string): number {
  let hash = 0x811c9dc5
  for (const character of text) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x45d9f3b)
  hash = Math.imul(hash ^ (hash >>> 16), 0x45d9f3b)
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32
}
