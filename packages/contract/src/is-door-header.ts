/** Framing, routing and state of a request. Who sends it writes them, or nobody. */
const doorHeaders: ReadonlySet<string> = new Set([
  'accept-encoding',
  'connection',
  'content-length',
  'cookie',
  'expect',
  'forwarded',
  'host',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'user-agent',
  'via',
])

/** Of proxies, and of the upgrade of a socket, which its library writes. */
const doorFamilies = /^(?:proxy|sec)-/

/** Whether a header of a request belongs to the outbound door, whatever an agent says. `name` is in lower case. */
export function isDoorHeader(name: string): boolean {
  return doorHeaders.has(name) || doorFamilies.test(name)
}
