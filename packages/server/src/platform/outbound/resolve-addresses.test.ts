import { createSocket } from 'node:dgram'
import { afterEach, describe, expect, it } from 'vitest'
import { createOutboundDoor } from './outbound-door.ts'
import { createDnsResolver } from './resolve-addresses.ts'
import { workspaceId } from './test-harness/loopback.ts'

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup()
})

/** A DNS server on loopback that answers A questions as told; `undefined` is silence. Only what RFC 1035 needs for one answer. */
async function serveNames(answers: (question: number) => readonly string[] | undefined): Promise<string> {
  const socket = createSocket('udp4')
  let asked = 0
  socket.on('message', (query, peer) => {
    const end = query.indexOf(0, 12) + 5
    const isA = query.readUInt16BE(end - 4) === 1
    const list = isA ? answers((asked += 1)) : []
    if (list !== undefined) socket.send(reply(query.subarray(0, end), list), peer.port, peer.address)
  })
  await new Promise<void>((settle) => {
    socket.bind(0, '127.0.0.1', settle)
  })
  cleanups.push(() => socket.close())
  return `127.0.0.1:${socket.address().port}`
}

function reply(question: Buffer, addresses: readonly string[]): Buffer {
  const head = Buffer.from(question)
  head.writeUInt16BE(0x8180, 2)
  head.writeUInt16BE(addresses.length, 6)
  head.writeUInt32BE(0, 8)
  const records = addresses.map((address) =>
    Buffer.from([0xc0, 0x0c, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, ...address.split('.').map(Number)]),
  )
  return Buffer.concat([head, ...records])
}

function doorOver(server: string) {
  const door = createOutboundDoor({
    allow: [],
    ownNames: [],
    ownAddresses: [],
    refusalStepMs: 1,
    resolver: createDnsResolver({ servers: [server], timeoutMs: 200 }),
  })
  cleanups.push(() => door.close())
  return door
}

describe('names asked of a real name server', () => {
  it('pass with public addresses and are judged anew at every use (rebinding)', async () => {
    const door = doorOver(await serveNames((question) => (question === 1 ? ['93.184.215.14'] : ['127.0.0.1'])))
    await expect(door.judge('https://rebind.example/', { workspaceId, onlyHosts: null })).resolves.toMatchObject({
      host: 'rebind.example',
    })
    await expect(door.judge('https://rebind.example/', { workspaceId, onlyHosts: null })).rejects.toMatchObject({
      code: 'outbound.address_refused',
    })
  })

  it('are refused when one of several answers is private', async () => {
    const door = doorOver(await serveNames(() => ['93.184.215.14', '192.168.0.1']))
    await expect(door.judge('https://mixed.example/', { workspaceId, onlyHosts: null })).rejects.toMatchObject({
      code: 'outbound.address_refused',
    })
  })

  it('are refused when nothing is known about them or nobody answers', async () => {
    await expect(
      doorOver(await serveNames(() => [])).judge('https://empty.example/', { workspaceId, onlyHosts: null }),
    ).rejects.toMatchObject({
      code: 'outbound.address_refused',
    })
    await expect(
      doorOver(await serveNames(() => undefined)).judge('https://silent.example/', { workspaceId, onlyHosts: null }),
    ).rejects.toMatchObject({
      code: 'outbound.address_refused',
    })
  })
})
