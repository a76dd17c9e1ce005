/**
 * Threat: a caller writes X-Forwarded-For to escape its budget or an allow-list of addresses.
 * Rule: the peer is the client unless it is a trusted proxy; then the last hop that is not trusted is (data-boundary 5).
 * On failure: an unreadable hop ends the walk at the last readable one.
 */
import ipaddr from 'ipaddr.js'

type Range = ReturnType<typeof ipaddr.parseCIDR>

/** Reads addresses and CIDR ranges; throws a RangeError that names a wrong one. */
export function parseRanges(entries: readonly string[]): readonly Range[] {
  return entries.map((entry) => {
    try {
      if (entry.includes('/')) return ipaddr.parseCIDR(entry)
      const address = ipaddr.process(entry)
      return [address, address.kind() === 'ipv4' ? 32 : 128]
    } catch {
      throw new RangeError(`"${entry}" is not an address or a CIDR range such as 10.0.0.0/8`)
    }
  })
}

export function clientAddress(options: {
  peer: string
  forwardedFor: string | undefined
  trustedProxies: readonly Range[]
}): string {
  const hops = (options.forwardedFor ?? '').split(',').map((hop) => hop.trim())
  let current = normalise(options.peer) ?? options.peer
  while (hops.length > 0 && inRanges(current, options.trustedProxies)) {
    const hop = normalise(hops.pop() ?? '')
    if (hop === undefined) break
    current = hop
  }
  return current
}

/** Whether an address lies in one of the ranges; an unreadable address lies in none. */
export function inRanges(text: string, ranges: readonly Range[]): boolean {
  if (!ipaddr.isValid(text)) return false
  const address = ipaddr.process(text)
  return ranges.some(([base, bits]) => {
    if (address instanceof ipaddr.IPv4) return base instanceof ipaddr.IPv4 && address.match(base, bits)
    return base instanceof ipaddr.IPv6 && address.match(base, bits)
  })
}

function normalise(text: string): string | undefined {
  return ipaddr.isValid(text) ? ipaddr.process(text).toString() : undefined
}
