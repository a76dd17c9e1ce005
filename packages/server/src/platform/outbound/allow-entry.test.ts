import { describe, expect, it } from 'vitest'
import { type AllowEntry, parseAllowEntry } from './allow-entry.ts'
import { createOutboundDoor, type OutboundDoor, type OutboundDoorOptions } from './outbound-door.ts'
import { workspaceId } from './test-harness/loopback.ts'

function doorWith(options: { allow: readonly AllowEntry[] } & Partial<OutboundDoorOptions>): OutboundDoor {
  return createOutboundDoor({
    ownNames: [],
    ownAddresses: [],
    resolver: async (host) => [host === 'models.inside' ? '10.9.9.9' : '127.0.0.1'],
    refusalStepMs: 1,
    ...options,
  })
}

describe('an installation entry', () => {
  const allow = [
    'http://127.0.0.1:11434',
    'http://10.8.0.0/16:8000',
    'https://models.inside:8443',
    'http://[::1]:9000',
  ].map(parseAllowEntry)

  it.each([
    'http://127.0.0.1:11434/v1',
    'http://2130706433:11434/',
    'http://10.8.3.4:8000/',
    'https://models.inside:8443/',
    'http://[::1]:9000/',
  ])('opens %s', async (target) => {
    await expect(doorWith({ allow }).judge(target, { workspaceId, onlyHosts: null })).resolves.toBeDefined()
  })

  it.each([
    'http://127.0.0.1:11435/',
    'https://127.0.0.1:11434/',
    'http://127.0.0.2:11434/',
    'http://10.9.0.1:8000/',
    'http://loopback.example:11434/',
    'https://models.inside/',
    'http://models.inside:8443/',
    'https://x.models.inside:8443/',
    'ws://127.0.0.1:11434/',
    'http://user@127.0.0.1:11434/',
  ])('does not open %s', async (target) => {
    await expect(doorWith({ allow }).judge(target, { workspaceId, onlyHosts: null })).rejects.toMatchObject({
      code: 'outbound.address_refused',
    })
  })

  it.each(['0.0.0.0', '::', '127.0.0.1'])('does not open our own port when we listen on %s', async (address) => {
    const door = doorWith({ allow, ownAddresses: [{ host: address, port: 11_434 }] })
    await expect(door.judge('http://127.0.0.1:11434/', { workspaceId, onlyHosts: null })).rejects.toMatchObject({
      code: 'outbound.address_refused',
    })
  })

  it.each([
    '127.0.0.1:11434',
    'http://127.0.0.1',
    'ftp://127.0.0.1:21',
    'http://0.0.0.0/0:80',
    'http://x/8:80',
    'http://*:80',
    'http://a b:80',
    'http://127.0.0.1:70000',
    'http://10.0.0.0/33:80',
    'http://127.1:80',
    '',
  ])('that reads "%s" stops the start', (text) => {
    expect(() => parseAllowEntry(text)).toThrow('not readable')
  })
})
