import { networkInterfaces } from 'node:os'
import { describe, expect, it } from 'vitest'
import { parseAllowEntry } from './allow-entry.ts'
import { createOutboundDoor, type OutboundDoorOptions } from './outbound-door.ts'
import type { OutboundRefusal } from './refusal-log.ts'
import { workspaceId } from './test-harness/loopback.ts'

const use = { workspaceId, onlyHosts: null }
const ownIpv4 = Object.values(networkInterfaces())
  .flatMap((list) => list ?? [])
  .find(({ family, internal }) => family === 'IPv4' && !internal)?.address

async function verdictOf(
  target: string,
  ownAddresses: OutboundDoorOptions['ownAddresses'],
  records: Readonly<Record<string, readonly string[]>> = {},
): Promise<string> {
  const told: OutboundRefusal[] = []
  const { protocol, port } = new URL(target)
  const door = createOutboundDoor({
    // Everything is opened, so that what refuses is that it is ours.
    allow: ['0.0.0.0/1', '128.0.0.0/1', '[::]/1', ...Object.keys(records)].map((host) =>
      parseAllowEntry(`${protocol}//${host}:${port === '' ? '443' : port}`),
    ),
    ownNames: [],
    ownAddresses,
    resolver: async (host) => records[host] ?? [],
    refusalStepMs: 1,
    onRefused: (refusal) => told.push(refusal),
  })
  return door.judge(target, use).then(
    () => 'allowed',
    () => told[0]?.reason ?? 'untold',
  )
}

describe('places of this installation', () => {
  it.each<readonly [string, string]>([
    ['http://127.0.0.1:4700/', '127.0.0.1'],
    ['http://[::ffff:127.0.0.1]:4700/', '127.0.0.1'],
    ['http://0.0.0.0:4700/', '127.0.0.1'],
    ['http://[::]:4700/', '127.0.0.1'],
    ['http://127.0.0.1:4700/', '0.0.0.0'],
    ['http://127.0.0.1:4700/', '::'],
    ['http://127.8.8.8:4700/', '0.0.0.0'],
    ['http://[::1]:4700/', '0.0.0.0'],
    ['http://[::1]:4700/', '::1'],
    ['http://127.0.0.1:4700/', 'localhost'],
    ['http://[::1]:4700/', 'localhost'],
    ...(ownIpv4 === undefined ? [] : [[`http://${ownIpv4}:4700/`, '0.0.0.0'] as const]),
  ])('refuses %s where we listen on %s', async (target, host) => {
    expect(await verdictOf(target, [{ host, port: 4700 }])).toBe('own_address')
    expect(await verdictOf(target.replace('4700', '4701'), [{ host, port: 4700 }])).toBe('allowed')
  })

  it('refuses a name of somebody else that leads to our address', async () => {
    const records = { 'calls-us.example': ['198.51.100.7', '203.0.113.7'] }
    expect(await verdictOf('https://calls-us.example/', [{ host: '203.0.113.7', port: undefined }], records)).toBe(
      'own_address',
    )
    expect(await verdictOf('https://calls-us.example/', [{ host: '203.0.113.8', port: undefined }], records)).toBe(
      'allowed',
    )
  })

  it('refuses what we know by name, by its name and by its address', async () => {
    const records = { 'db.inside': ['10.0.0.7'] }
    const database = [{ host: 'db.inside', port: 5432 }]
    expect(await verdictOf('http://db.inside:5432/', database, records)).toBe('own_address')
    expect(await verdictOf('http://DB.inside.:5432/', database, records)).toBe('own_address')
    expect(await verdictOf('http://10.0.0.7:5432/', database, records)).toBe('own_address')
    expect(await verdictOf('http://10.0.0.8:5432/', database, records)).toBe('allowed')
    expect(await verdictOf('http://10.0.0.7:5433/', database, records)).toBe('allowed')
    expect(await verdictOf('http://10.0.0.7:5432/', database, {})).toBe('allowed')
  })

  it.each([
    'https://talk.example.com/',
    'https://TALK.Example.COM./x',
    'https://talk.example.com:8443/',
    'wss://talk.example.com/',
    'https://\uff54alk.example.com/',
    'https://talk\u3002example.com/',
    'https://ta\u00adlk.example.com/',
    'https://xn--mnchen-3ya.example/',
    'https://m\u00fcnchen.example/',
    'https://MU\u0308NCHEN.example/',
  ])('refuses %s, which is our name', async (target) => {
    const told: OutboundRefusal[] = []
    const door = createOutboundDoor({
      allow: [],
      ownNames: ['talk.example.com', 'xn--mnchen-3ya.example'],
      ownAddresses: [],
      resolver: async () => ['93.184.215.14'],
      refusalStepMs: 1,
      onRefused: (refusal) => told.push(refusal),
    })
    await expect(door.judge(target, use)).rejects.toMatchObject({ code: 'outbound.address_refused' })
    expect(told).toMatchObject([{ reason: 'own_name' }])
  })
})
