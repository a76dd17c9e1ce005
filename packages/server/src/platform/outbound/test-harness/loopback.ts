/** For the door's tests: servers on loopback, and a door that installation entries open for them. Everything ends with `close`. */
import { createServer, type RequestListener } from 'node:http'
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net'
import { parseUuid, type Uuid } from '@hyponema/contract'
import { parseAllowEntry } from '../allow-entry.ts'
import type { LentSecret } from '../lend-secret.ts'
import { createOutboundDoor, type OutboundDoor, type OutboundDoorOptions } from '../outbound-door.ts'

export const workspaceId = uuid('0190b5a0-0000-7000-8000-000000000001')
export const otherWorkspaceId = uuid('0190b5a0-0000-7000-8000-000000000002')
export const thirdWorkspaceId = uuid('0190b5a0-0000-7000-8000-000000000003')
export const key = 'sk-live-0123456789abcdef'
const secret: LentSecret = { unseal: async () => undefined, use: (work) => work(Buffer.from(key)) }
export const secretHeader = { name: 'Authorization', prefix: 'Bearer ', secret }

const cleanups: (() => unknown)[] = []

/** Runs at the end of a test, in reverse order. */
export function atEnd(cleanup: () => unknown): void {
  cleanups.push(cleanup)
}

export async function closeLoopback(): Promise<void> {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup()
}

function uuid(text: string): Uuid {
  const parsed = parseUuid(text)
  if (parsed === undefined) throw new Error('not a UUID')
  return parsed
}

export async function listen(server: Server, host = '127.0.0.1', port = 0): Promise<number> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.once('close', () => sockets.delete(socket))
  })
  await new Promise<void>((settle, reject) => {
    server.once('error', reject)
    server.listen(port, host, settle)
  })
  atEnd(() => {
    for (const socket of sockets) socket.destroy()
    return new Promise((settle) => {
      server.close(settle)
    })
  })
  const address: AddressInfo | string | null = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

type Answer = (...parameters: Parameters<RequestListener>) => unknown

/** A loopback server and a door that an installation entry opens for it. */
export async function serve(
  answer: Answer,
  options: Partial<OutboundDoorOptions> = {},
): Promise<{ door: OutboundDoor; url: string; port: number }> {
  const port = await listen(createServer(listener(answer)))
  return { door: openDoor([`http://127.0.0.1:${port}`], options), url: `http://127.0.0.1:${port}/v1`, port }
}

export async function serveRaw(
  answer: (socket: Socket) => void,
  options: Partial<OutboundDoorOptions> = {},
): Promise<{ door: OutboundDoor; url: string }> {
  const port = await listen(createTcpServer(answer))
  return { door: openDoor([`http://127.0.0.1:${port}`], options), url: `http://127.0.0.1:${port}/v1` }
}

export function openDoor(entries: readonly string[], options: Partial<OutboundDoorOptions> = {}): OutboundDoor {
  const door = createOutboundDoor({
    allow: entries.map(parseAllowEntry),
    ownNames: [],
    ownAddresses: [],
    refusalStepMs: 1,
    ...options,
  })
  atEnd(() => door.close())
  return door
}

/** An answer that fails ends the test by its missing bytes. */
function listener(answer: Answer): RequestListener {
  return (request, response) => {
    Promise.resolve(answer(request, response)).catch(() => response.destroy())
  }
}
