/**
 * Threat: a target leads back to this installation, its database or its mail server, where a call of ours counts as one from inside.
 * Rule: a place of ours is a name or an address, and a port or all of them. A target is ours when it has our name, or when one of
 * its addresses is one of ours; a listener on every address has all those of this machine. A place that is known by name only is
 * looked up when a target has its port.
 * On failure: ours, and therefore refused. A name of ours that does not resolve leads nowhere, so nothing is compared with it.
 */
import { networkInterfaces } from 'node:os'
import { parseAddress } from './public-address.ts'
import type { AddressResolver } from './resolve-addresses.ts'

/** Where this installation listens or what it uses. `0.0.0.0`, `::` and `localhost` stand for addresses of this machine. */
export type OwnPlace = {
  /** An address or a name. */
  readonly host: string
  /** Undefined is every port. */
  readonly port: number | undefined
}

export async function isOwnPlace(
  target: { readonly host: string; readonly port: number; readonly addresses: readonly string[] },
  places: readonly OwnPlace[],
  look: { readonly resolver: AddressResolver; readonly timeoutMs: number },
): Promise<boolean> {
  for (const { host, port } of places) {
    if (port !== undefined && port !== target.port) continue
    // Connecting to no address in particular leads to this machine.
    if (host === target.host || target.addresses.some((address) => rangeOf(address) === 'unspecified')) return true
    const isOurs = await ownAddresses(host, look)
    if (target.addresses.some(isOurs)) return true
  }
  return false
}

async function ownAddresses(
  host: string,
  { resolver, timeoutMs }: { resolver: AddressResolver; timeoutMs: number },
): Promise<(address: string) => boolean> {
  if (host === 'localhost') return (address) => rangeOf(address) === 'loopback'
  const literal = parseAddress(host)
  if (literal?.range() === 'unspecified') {
    const own = addressesOfThisMachine()
    return (address) => rangeOf(address) === 'loopback' || own.has(address)
  }
  if (literal !== undefined) return (address) => address === literal.toString()
  const signal = AbortSignal.timeout(timeoutMs)
  const found = await resolver(host, { hostsFile: true, signal }).catch(() => [])
  const own = new Set(found.map((text) => parseAddress(text)?.toString()))
  return (address) => own.has(address)
}

function rangeOf(address: string): string | undefined {
  return parseAddress(address)?.range()
}

function addressesOfThisMachine(): ReadonlySet<string | undefined> {
  const interfaces = Object.values(networkInterfaces()).flatMap((list) => list ?? [])
  return new Set(interfaces.map((entry) => parseAddress(entry.address.replace(/%.*$/, ''))?.toString()))
}
