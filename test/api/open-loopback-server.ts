import { createServer, type RequestListener } from 'node:http'
import { parseAllowEntry } from '../../packages/server/src/platform/outbound/allow-entry.ts'
import { createOutboundDoor, type OutboundDoor } from '../../packages/server/src/platform/outbound/outbound-door.ts'

/** Somebody else's server on loopback, and a real door that an installation entry opens for it. */
export type LoopbackServer = {
  readonly origin: string
  /** Names below `inside.example` lead into a private network, all others to a public address. */
  readonly door: OutboundDoor
  readonly close: () => Promise<void>
}

export async function openLoopbackServer(listener: RequestListener): Promise<LoopbackServer> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const origin = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`
  const door = createOutboundDoor({
    allow: [parseAllowEntry(origin)],
    ownNames: [],
    ownAddresses: [],
    refusalStepMs: 1,
    resolver: async (host) => (host.endsWith('inside.example') ? ['10.0.0.1'] : ['93.184.215.14']),
  })
  const close = async (): Promise<void> => {
    await door.close()
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  return { origin, door, close }
}
