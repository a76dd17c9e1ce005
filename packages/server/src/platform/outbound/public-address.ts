/**
 * Threat: a target chosen by a customer leads into our own network, to a cloud's metadata service, or back to ourselves.
 * Rule: IPv4 must be unicast after every special range of the IANA registries and of the clouds is taken out; IPv6 must lie in
 * 2000::/3 after documentation, tunnels and translations are taken out. A mapped or translated form is judged by the IPv4 address
 * inside it, and refused itself unless it is the v4-mapped form, which is only another spelling.
 * On failure: not public. What cannot be parsed in canonical form is not public either.
 */
import type { Brand } from '@hyponema/contract'
import ipaddr from 'ipaddr.js'

/** An address in canonical text that the door may connect to. Made by {@link parsePublicAddress} and for installation entries. */
export type PublicAddress = Brand<string, 'PublicAddress'>

/** Returns the canonical address when a tenant's traffic may go there, else undefined. Takes what a resolver answers, never a URL. */
export function parsePublicAddress(text: string): PublicAddress | undefined {
  const address = parseAddress(text)
  if (address === undefined) return undefined
  const open = address.kind() === 'ipv4' ? isPublicIpv4(address) : isPublicIpv6(address)
  const canonical = address.toString()
  return open && isAddress(canonical) ? canonical : undefined
}

/** Reads one IP address: dotted decimal with four parts, or IPv6 without a zone. v4-mapped addresses come back as IPv4. */
export function parseAddress(text: string): ipaddr.IPv4 | ipaddr.IPv6 | undefined {
  if (text.includes('%') || text.length > 45) return undefined
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) return ipaddr.IPv4.parse(text)
  if (!text.includes(':') || !ipaddr.IPv6.isValid(text)) return undefined
  const address = ipaddr.IPv6.parse(text)
  return address.isIPv4MappedAddress() ? address.toIPv4Address() : address
}

function isAddress(text: string): text is PublicAddress {
  return parseAddress(text) !== undefined
}

/** Ranges that `ipaddr.js` calls unicast although no tenant has business there. */
const closedIpv4 = [
  '168.63.129.16/32', // Azure: wire server, DNS, health probes
  '100.100.100.200/32', // Alibaba metadata; inside 100.64.0.0/10 too, written down so that nobody opens that range and forgets it
  '169.254.0.0/16', // AWS, GCP, Azure, Oracle, DigitalOcean metadata: link-local already
  '192.0.0.0/24', // IETF protocol assignments, Oracle's 192.0.0.192
  '192.88.99.0/24', // deprecated 6to4 relays
  '199.36.153.4/30', // Google private.googleapis.com and restricted.googleapis.com: answer only inside a network of theirs
  '199.36.153.8/30',
  '161.26.0.0/16', // IBM Cloud infrastructure endpoints, reachable only from inside
  '166.8.0.0/14', // IBM Cloud service endpoints, likewise
].map((range) => ipaddr.IPv4.parseCIDR(range))

const globalUnicast = ipaddr.IPv6.parseCIDR('2000::/3')

/** Inside 2000::/3, but no place for a tenant's server. */
const closedIpv6 = [
  '2001::/23', // IETF protocol assignments: Teredo, benchmarking, ORCHID, AMT, DRIP
  '2001:db8::/32', // documentation
  '2002::/16', // 6to4: an IPv4 address in disguise
  '2620:4f:8000::/48', // AS112
  '3fff::/20', // documentation
  '3ffe::/16', // the former 6bone, returned and unassigned
  '2600:2d00:2:1000::/64', // Google private and restricted endpoints
  '2600:2d00:2:2000::/64',
].map((range) => ipaddr.IPv6.parseCIDR(range))

function isPublicIpv4(address: ipaddr.IPv4 | ipaddr.IPv6): boolean {
  return address.range() === 'unicast' && !closedIpv4.some((range) => address.match(range))
}

/** NAT64 (64:ff9b::/96 and 64:ff9b:1::/48) and IPv4-compatible forms lie outside 2000::/3 and fall with it. */
function isPublicIpv6(address: ipaddr.IPv4 | ipaddr.IPv6): boolean {
  if (!address.match(globalUnicast)) return false
  return address.range() === 'unicast' && !closedIpv6.some((range) => address.match(range)) && !isTranslated(address)
}

/** ISATAP (RFC 5214) carries an IPv4 address in its interface id under any prefix: ::0:5efe:a.b.c.d and ::200:5efe:a.b.c.d. */
function isTranslated(address: ipaddr.IPv4 | ipaddr.IPv6): boolean {
  const bytes = address.toByteArray()
  const marker = (bytes[8] ?? 0) & ~0x02
  return marker === 0 && bytes[9] === 0 && bytes[10] === 0x5e && bytes[11] === 0xfe
}
