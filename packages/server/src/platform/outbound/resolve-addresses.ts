import { lookup, Resolver } from 'node:dns/promises'

/**
 * Answers all addresses of a name, or rejects. `hostsFile` asks the operating system as well, for names that the installation
 * listed itself; a tenant's name is asked of DNS only.
 */
export type AddressResolver = (
  host: string,
  options: { readonly hostsFile: boolean; readonly signal: AbortSignal },
) => Promise<readonly string[]>

/** Asks the machine's name servers, or those given as `address:port`. */
export function createDnsResolver(options: {
  readonly servers?: readonly string[]
  readonly timeoutMs: number
}): AddressResolver {
  return async (host, { hostsFile, signal }) => {
    if (hostsFile && options.servers === undefined) {
      return (await lookup(host, { all: true })).map((answer) => answer.address)
    }
    const resolver = new Resolver({ timeout: Math.ceil(options.timeoutMs / 2), tries: 2 })
    if (options.servers !== undefined) resolver.setServers(options.servers)
    const cancel = (): void => resolver.cancel()
    signal.addEventListener('abort', cancel, { once: true })
    try {
      const [four, six] = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)])
      return [...valueOf(four), ...valueOf(six)]
    } finally {
      signal.removeEventListener('abort', cancel)
    }
  }
}

/** A name without records of one family is ordinary; a failed question counts as no answer, and no answer at all is refused. */
function valueOf(outcome: PromiseSettledResult<string[]>): readonly string[] {
  return outcome.status === 'fulfilled' ? outcome.value : []
}
