import { parseAddress } from './public-address.ts'

export type OutboundScheme = 'http' | 'https' | 'ws' | 'wss'

/** Where a URL leads, after the one parse. Nothing downstream looks at the text again. */
export type OutboundTarget = {
  readonly scheme: OutboundScheme
  /** Lower case, without a trailing dot; an IPv6 literal without brackets. */
  readonly host: string
  readonly port: number
  /** The host again when it is an address and not a name. */
  readonly literal: string | undefined
  /** Path and query as they go on the wire. The fragment never leaves. */
  readonly path: string
}

const defaultPorts: Readonly<Record<OutboundScheme, number>> = { http: 80, https: 443, ws: 80, wss: 443 }

/** Longer URLs are no endpoints; some servers cut them and then read something else. */
const maxUrlCharacters = 2048

/**
 * Parses by the WHATWG URL standard, once. Returns undefined for anything that another parser could read differently: white space
 * and backslashes anywhere, userinfo, escapes in the host, empty labels, hosts outside letters, digits, `-`, `_` and dots after IDNA.
 */
export function parseTarget(untrustedUrl: string): OutboundTarget | undefined {
  if (
    untrustedUrl.length > maxUrlCharacters ||
    /[^\u0021-\uffff]|[\\\u007f-\u00a0\u2028\u2029\u3000\ufeff]/.test(untrustedUrl)
  ) {
    return undefined
  }
  const authority = /^[a-zA-Z]+:\/\/([^/?#]+)/.exec(untrustedUrl)?.[1]
  if (authority === undefined || /[@%]/.test(authority) || !URL.canParse(untrustedUrl)) return undefined
  const url = new URL(untrustedUrl)
  const scheme = readScheme(url.protocol)
  if (scheme === undefined || url.username !== '' || url.password !== '') return undefined
  const host = readHost(url.hostname)
  if (host === undefined) return undefined
  const port = url.port === '' ? defaultPorts[scheme] : Number(url.port)
  return { scheme, ...host, port, path: `${url.pathname}${url.search}` }
}

function readScheme(protocol: string): OutboundScheme | undefined {
  switch (protocol) {
    case 'http:':
      return 'http'
    case 'https:':
      return 'https'
    case 'ws:':
      return 'ws'
    case 'wss:':
      return 'wss'
    default:
      return undefined
  }
}

/** WHATWG has already turned 0x7f.1, 017700000001 and full-width digits into dotted decimal, and a name into ASCII. */
function readHost(hostname: string): { host: string; literal: string | undefined } | undefined {
  if (hostname.startsWith('[')) {
    const inner = hostname.slice(1, -1)
    return parseAddress(inner) === undefined ? undefined : { host: inner, literal: inner }
  }
  const host = hostname.toLowerCase().replace(/\.$/, '')
  if (parseAddress(host) !== undefined) return { host, literal: host }
  const labels = host.split('.')
  const wellFormed =
    host.length <= 253 && labels.every((label) => /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/.test(label))
  return wellFormed && !/^\d+$/.test(labels.at(-1) ?? '') ? { host, literal: undefined } : undefined
}
