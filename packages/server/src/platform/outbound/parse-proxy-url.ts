/** The forward proxy that the operator has set, such as smokescreen. */
export type ForwardProxy = {
  /** A name or an address; IPv6 without brackets. */
  readonly host: string
  readonly port: number
  /** For `Proxy-Authorization`, to the proxy alone. */
  readonly authorization: string | undefined
}

/** Reads `http://proxy.internal:4750` or `http://user:password@proxy.internal:4750`; undefined when it is none. */
export function parseProxyUrl(text: string): ForwardProxy | undefined {
  // The port is always written: `http` alone would mean 80, which is no proxy's.
  if (!/^http:\/\/[^/?#]+:\d{1,5}\/?$/.test(text) || !URL.canParse(text)) return undefined
  const url = new URL(text)
  const port = Number(/:(\d{1,5})\/?$/.exec(text)?.[1])
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
  const [user, password] = [decode(url.username), decode(url.password)]
  if (host === '' || port < 1 || port > 65_535 || user === undefined || password === undefined) return undefined
  if (user.includes(':') || (user === '') !== (password === '')) return undefined
  const authorization = user === '' ? undefined : `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
  return { host, port, authorization }
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}
