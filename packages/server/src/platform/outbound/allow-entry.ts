/**
 * Threat: local model servers have to be reachable, and an opening for them becomes one for everything inside.
 * Rule: an entry names scheme, port and one host name, address or CIDR; only the installation's own configuration makes one. A CIDR
 * or address opens address literals only; a name must be listed itself, so that no tenant's DNS record can lead into the opening.
 * On failure: an unreadable entry stops the start; a target that matches no entry is judged as public.
 */
import type ipaddr from 'ipaddr.js'
import { StartupRefusal } from '../../kernel/startup-refusal.ts'
import type { OutboundScheme, OutboundTarget } from './parse-target.ts'
import { parseAddress } from './public-address.ts'

export type AllowEntry = {
  readonly scheme: OutboundScheme
  readonly port: number
  readonly opens:
    | { readonly kind: 'host'; readonly host: string }
    | { readonly kind: 'range'; readonly network: ipaddr.IPv4 | ipaddr.IPv6; readonly prefixBits: number }
}

const pattern = /^(https?|wss?):\/\/(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+)(?:\/(\d{1,3}))?:(\d{1,5})\/?$/

/** Reads `http://127.0.0.1:11434`, `http://10.1.0.0/16:8000` or `https://models.internal:8443`. The port is always written. */
export function parseAllowEntry(text: string): AllowEntry {
  const match = pattern.exec(text.trim())
  const scheme = readScheme(match?.[1])
  const port = Number(match?.[4])
  const host = match?.[2]?.toLowerCase().replace(/\.$/, '')
  if (match === null || scheme === undefined || host === undefined || port < 1 || port > 65_535) throw unreadable(text)
  const address = parseAddress(host.replaceAll(/[[\]]/g, ''))
  if (address === undefined) {
    const named = match[3] === undefined && /[a-z]/.test(host) && !host.startsWith('[')
    if (!named) throw unreadable(text)
    return { scheme, port, opens: { kind: 'host', host } }
  }
  const fullBits = address.kind() === 'ipv4' ? 32 : 128
  const prefixBits = match[3] === undefined ? fullBits : Number(match[3])
  if (prefixBits > fullBits || prefixBits === 0) throw unreadable(text)
  return { scheme, port, opens: { kind: 'range', network: address, prefixBits } }
}

/** The entry that opens this target, if one does. */
export function findAllowEntry(entries: readonly AllowEntry[], target: OutboundTarget): AllowEntry | undefined {
  return entries.find((entry) => {
    if (entry.scheme !== target.scheme || entry.port !== target.port) return false
    if (entry.opens.kind === 'host') return target.literal === undefined && entry.opens.host === target.host
    const address = target.literal === undefined ? undefined : parseAddress(target.literal)
    return address !== undefined && contains(entry.opens.network, entry.opens.prefixBits, address)
  })
}

function contains(network: ipaddr.IPv4 | ipaddr.IPv6, prefixBits: number, address: ipaddr.IPv4 | ipaddr.IPv6): boolean {
  return network.kind() === address.kind() && address.match(network, prefixBits)
}

function readScheme(text: string | undefined): OutboundScheme | undefined {
  return text === 'http' || text === 'https' || text === 'ws' || text === 'wss' ? text : undefined
}

function unreadable(text: string): StartupRefusal {
  return new StartupRefusal(
    `HYPONEMA_OUTBOUND_ALLOW holds "${text}", which is not readable; write scheme, host or address or CIDR, and port, for example http://127.0.0.1:11434.`,
  )
}
