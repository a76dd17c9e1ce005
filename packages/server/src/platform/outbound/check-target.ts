/**
 * Threat: a URL chosen by a customer (webhook, tool, model endpoint) makes us call our own network, a metadata service or ourselves;
 * or the name is changed between the check and the connection (rebinding).
 * Rule: https or wss on 443 or 8443, unless an installation entry opens the target; every address that the name has must be public;
 * none may be ours. What comes out are the checked addresses, and the socket is made to one of them, never to the name.
 * On failure: refused; the reason is for the operator's log only. Unparseable, unresolvable and forbidden look alike outside.
 */
import { type AllowEntry, findAllowEntry } from './allow-entry.ts'
import { isListedHost } from './listed-host.ts'
import { isOwnPlace, type OwnPlace } from './own-places.ts'
import { type OutboundTarget, parseTarget } from './parse-target.ts'
import { type PublicAddress, parseAddress, parsePublicAddress } from './public-address.ts'
import type { AddressResolver } from './resolve-addresses.ts'

export type CheckRules = {
  readonly allow: readonly AllowEntry[]
  readonly ownNames: readonly string[]
  readonly ownAddresses: readonly OwnPlace[]
  readonly resolver: AddressResolver
  /** How long all questions to DNS may take together. */
  readonly resolveTimeoutMs: number
  /** The list of the workspace that asks: its calls go to these hosts only. Null where it has none. */
  readonly onlyHosts: readonly string[] | null
}

export type RefusalReason =
  | 'unreadable_url'
  | 'scheme_or_port'
  | 'own_name'
  | 'local_name'
  | 'not_on_workspace_list'
  | 'unresolvable'
  | 'address_not_public'
  | 'own_address'
  | 'needs_installation_entry'
  | 'refused_by_proxy'

export type CheckedTarget = OutboundTarget & {
  readonly addresses: readonly [PublicAddress, ...PublicAddress[]]
  readonly openedByInstallation: boolean
}

export type TargetVerdict =
  | { readonly allowed: true; readonly target: CheckedTarget }
  | { readonly allowed: false; readonly reason: RefusalReason; readonly host: string | undefined }

/** More records than this is no endpoint; it would only cost time to check them. */
const maxAddresses = 64

export async function checkTarget(untrustedUrl: string, rules: CheckRules): Promise<TargetVerdict> {
  const target = parseTarget(untrustedUrl)
  if (target === undefined) return { allowed: false, reason: 'unreadable_url', host: undefined }
  const refuse = (reason: RefusalReason): TargetVerdict => ({ allowed: false, reason, host: target.host })
  const entry = findAllowEntry(rules.allow, target)
  if (rules.ownNames.some((name) => normaliseName(name) === target.host)) return refuse('own_name')
  if (entry === undefined && !isOrdinary(target)) return refuse('scheme_or_port')
  if (entry === undefined && target.literal === undefined && isLocalName(target.host)) return refuse('local_name')

  if (rules.onlyHosts !== null && !isListedHost(rules.onlyHosts, target.host)) return refuse('not_on_workspace_list')

  const answers =
    target.literal === undefined ? await resolve(target.host, entry !== undefined, rules) : [target.literal]
  if (answers.length === 0 || answers.length > maxAddresses) return refuse('unresolvable')
  const addresses: PublicAddress[] = []
  for (const answer of answers) {
    const address = entry === undefined ? parsePublicAddress(answer) : openedAddress(answer)
    if (address === undefined) return refuse('address_not_public')
    addresses.push(address)
  }
  const { ownAddresses, resolver, resolveTimeoutMs: timeoutMs } = rules
  const { host, port } = target
  if (await isOwnPlace({ host, port, addresses }, ownAddresses, { resolver, timeoutMs })) return refuse('own_address')
  const [first, ...rest] = inOrderOfTrial(addresses)
  if (first === undefined) return refuse('unresolvable')
  return {
    allowed: true,
    target: { ...target, addresses: [first, ...rest], openedByInstallation: entry !== undefined },
  }
}

function isOrdinary(target: OutboundTarget): boolean {
  return (target.scheme === 'https' || target.scheme === 'wss') && (target.port === 443 || target.port === 8443)
}

/** Names that never lead to the public internet (RFC 6761, 6762, 7686, 8375, 9476) or that clouds use inside. */
function isLocalName(host: string): boolean {
  return (
    !host.includes('.') ||
    /\.(?:localhost|local|localdomain|internal|intranet|lan|home|corp|arpa|onion|alt|test|invalid)$/.test(host)
  )
}

async function resolve(host: string, hostsFile: boolean, rules: CheckRules): Promise<readonly string[]> {
  const signal = AbortSignal.timeout(rules.resolveTimeoutMs)
  const late = new Promise<readonly string[]>((settle) => {
    signal.addEventListener('abort', () => settle([]), { once: true })
  })
  try {
    return await Promise.race([rules.resolver(host, { hostsFile, signal }), late])
  } catch {
    // A resolver that failed has no answer, and no answer is refused by the caller.
    return []
  }
}

/** An installation entry stands for the operator's word, so the address may be private; it must still be an address. */
function openedAddress(answer: string): PublicAddress | undefined {
  const canonical = parseAddress(answer)?.toString()
  return canonical !== undefined && isOpened(canonical) ? canonical : undefined
}

/** Called for installation entries only: the second of the two makers of the brand. */
function isOpened(_canonical: string): _canonical is PublicAddress {
  return true
}

/** IPv4 first: a machine without an IPv6 route would otherwise wait for nothing. */
function inOrderOfTrial(addresses: readonly PublicAddress[]): readonly PublicAddress[] {
  const unique = [...new Set(addresses)]
  return [...unique.filter((address) => !address.includes(':')), ...unique.filter((address) => address.includes(':'))]
}

function normaliseName(name: string): string {
  return name.toLowerCase().replace(/\.$/, '')
}
