import { parseAddress } from './public-address.ts'

/**
 * Whether a workspace's own list names this host, which has been through the one parse: exactly, or below `*.example.com` at
 * any depth (not `example.com` itself). An address is compared as an address; IPv6 stands in the list in brackets.
 */
export function isListedHost(onlyHosts: readonly string[], host: string): boolean {
  const address = parseAddress(host)?.toString()
  return onlyHosts.some((listed) => {
    if (address !== undefined) return parseAddress(listed.replaceAll(/[[\]]/g, ''))?.toString() === address
    // The dot is compared too: `evil-example.com` does not lie below `example.com`.
    return listed.startsWith('*.') ? host.endsWith(listed.slice(1)) : host === listed
  })
}
