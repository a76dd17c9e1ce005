/**
 * Threat: a caller writes X-Forwarded-For to escape its budget or an allow-list of addresses.
 * Rule: the peer is the client unless it is a trusted proxy; then the last hop that is not trusted is (data-boundary 5).
 * Budgets count IPv6 by its /64.
 * Only plain spellings are addresses: `010.0.0.1` is 8.0.0.1 to some readers, `10` is 0.0.0.10.
 * On failure: an unreadable hop ends the walk at the last readable one; an unreadable range is refused by name.
 */
import ipaddr from 'ipaddr.js'

type Range = ReturnType<typeof ipaddr.parseCIDR>

/** Reads addresses and CIDR ranges; throws a RangeError that names a wrong one. */
export function parseRanges(entries: readonly string[]): readonly Range[] {
  return entries.map((entry) => {
    const [base = '', bits, ...more] = entry.split('/')
    const range = more.length > 0 || !isPlain(base) ? undefined : parseRange(base, bits)
    if (range === undefined) throw new RangeError(`"${entry}" is not an address or a CIDR range such as 10.0.0.0/8`)
    return range
  })
}

function parseRange(base: string, bits: string | undefined): Range | undefined {
  if (bits === undefined) {
    const address = ipaddr.process(base)
    return [address, address.kind() === 'ipv4' ? 32 : 128]
  }
  if (!/^(0|[1-9]\d{0,2})$/.test(bits)) return undefined
  try {
    const [address, length] = ipaddr.parseCIDR(`${base}/${bits}`)
    // Addresses are compared in their IPv4 form wherever they have one, so ranges must be too, or they would never match.
    const isMapped = address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress() && length >= 96
    return isMapped ? [address.toIPv4Address(), length - 96] : [address, length]
  } catch {
    return undefined
  }
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
  if (!isPlain(text)) return false
  const address = ipaddr.process(text)
  return ranges.some(([base, bits]) => {
    if (address instanceof ipaddr.IPv4) return base instanceof ipaddr.IPv4 && address.match(base, bits)
    return base instanceof ipaddr.IPv6 && address.match(base, bits)
  })
}

/**
 * Whose budget a request from this address takes from: an IPv4 address by itself, of IPv6 the whole /64, because that is
 * the least that one customer gets and whoever has it has 2^64 addresses. IPv4 inside IPv6 is judged as IPv4.
 */
export function addressBudget(text: string): string {
  if (!isPlain(text)) return text
  const address = ipaddr.process(text)
  if (address instanceof ipaddr.IPv4) return address.toString()
  const prefix = address.parts.slice(0, 4).map((part) => part.toString(16))
  return `${prefix.join(':')}::/64`
}

function normalise(text: string): string | undefined {
  return isPlain(text) ? ipaddr.process(text).toString() : undefined
}

/** IPv4 as four decimal numbers without leading zeros, alone or at the end of an IPv6 address; no octal, hex or short forms. */
function isPlain(text: string): boolean {
  if (!text.includes(':')) return ipaddr.IPv4.isValidFourPartDecimal(text)
  const last = text.slice(text.lastIndexOf(':') + 1)
  return ipaddr.IPv6.isValid(text) && (!last.includes('.') || ipaddr.IPv4.isValidFourPartDecimal(last))
}
