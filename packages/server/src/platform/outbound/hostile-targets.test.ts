/** An attack suite: what customers could write to aim us at ourselves. Nothing here may reach a socket. */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createOutboundDoor, type OutboundDoorOptions } from './outbound-door.ts'
import type { OutboundRefusal } from './refusal-log.ts'
import { hostileTargets } from './test-harness/hostile-targets.ts'
import { otherWorkspaceId, thirdWorkspaceId, workspaceId } from './test-harness/loopback.ts'

const records: Readonly<Record<string, readonly string[]>> = {
  'good.example': ['93.184.215.14', '2606:2800:21f:cb07:6820:80da:af6b:8b2c'],
  'private.example': ['10.0.0.5'],
  'loopback.example': ['127.0.0.1'],
  'metadata.example': ['169.254.169.254'],
  'azure.example': ['168.63.129.16'],
  'mixed.example': ['93.184.215.14', '10.0.0.5'],
  'mixed6.example': ['93.184.215.14', '::1'],
  'mapped.example': ['::ffff:10.0.0.5'],
  'nat64.example': ['64:ff9b::a00:5'],
  'sixtofour.example': ['2002:a00:5::1'],
  'empty.example': [],
  'garbage.example': ['not an address'],
  'many.example': Array.from({ length: 65 }, () => '93.184.215.14'),
  'us.example': ['93.184.215.99'],
  'calls-us.example': ['93.184.215.99'],
  'models.inside': ['10.9.9.9'],
}

function doorWith(options: Partial<OutboundDoorOptions> = {}, told: OutboundRefusal[] = []) {
  return createOutboundDoor({
    allow: [],
    ownNames: ['talk.hyponema.example', 'US.example.'],
    ownAddresses: [{ host: '93.184.215.99', port: 443 }],
    resolver: async (host) => records[host] ?? Promise.reject(new Error('NXDOMAIN')),
    onRefused: (refusal) => told.push(refusal),
    refusalStepMs: 1,
    ...options,
  })
}

describe('the outbound door', () => {
  for (const [reason, targets] of hostileTargets) {
    it.each(targets)(`refuses as ${reason}: %j`, async (target) => {
      const told: OutboundRefusal[] = []
      const door = doorWith({}, told)
      await expect(door.judge(target, { workspaceId: thirdWorkspaceId, onlyHosts: null })).rejects.toMatchObject({
        code: 'outbound.address_refused',
      })
      await expect(door.fetch({ url: target }, { workspaceId, onlyHosts: null })).rejects.toMatchObject({
        code: 'outbound.address_refused',
      })
      const socketUrl = target.replace(/^http/, 'ws')
      await expect(
        door.openSocket(
          { url: socketUrl, onMessage: ignore, onClose: ignore },
          { workspaceId: otherWorkspaceId, onlyHosts: null },
        ),
      ).rejects.toMatchObject({ code: 'outbound.address_refused' })
      expect(told.map((refusal) => refusal.reason)).toStrictEqual([reason, reason, reason])
      await door.close()
    })
  }

  it('counts at least 200 hostile targets', () => {
    expect(new Set(hostileTargets.flatMap(([, targets]) => targets)).size).toBeGreaterThanOrEqual(200)
  })

  it.each([
    'https://good.example/',
    'https://GOOD.example./x?y#z',
    'wss://good.example:8443/',
    'https://93.184.215.14/',
  ])('lets %s pass, so that the refusals mean something', async (target) => {
    const door = doorWith()
    await expect(door.judge(target, { workspaceId, onlyHosts: null })).resolves.toHaveProperty('port')
  })

  it('refuses inside addresses in every notation that a URL parser accepts', async () => {
    const door = doorWith()
    const inside = fc.oneof(
      fc.tuple(fc.constantFrom(0, 10, 127, 224, 240, 255), fc.nat(255), fc.nat(255), fc.nat(255)),
      fc.tuple(fc.constant(192), fc.constant(168), fc.nat(255), fc.nat(255)),
      fc.tuple(fc.constant(172), fc.integer({ min: 16, max: 31 }), fc.nat(255), fc.nat(255)),
      fc.tuple(fc.constant(169), fc.constant(254), fc.nat(255), fc.nat(255)),
      fc.constant([168, 63, 129, 16] as const),
    )
    const notation = fc.array(fc.constantFrom('decimal', 'octal', 'hex', 'HEX', 'fullwidth'), {
      minLength: 4,
      maxLength: 4,
    })
    await fc.assert(
      fc.asyncProperty(
        inside,
        notation,
        fc.integer({ min: 1, max: 4 }),
        fc.constantFrom('', '.'),
        async (bytes, styles, parts, dot) => {
          const head = bytes.slice(0, parts - 1)
          const last = bytes.slice(parts - 1).reduce((sum, byte) => sum * 256 + byte, 0)
          const host = [...head, last].map((part, index) => spell(part, styles[index] ?? 'decimal')).join('.')
          await expect(door.judge(`https://${host}${dot}/`, { workspaceId, onlyHosts: null })).rejects.toMatchObject({
            code: 'outbound.address_refused',
          })
        },
      ),
      { numRuns: 300 },
    )
  })

  it('refuses a request scheme for a socket', async () => {
    await expect(
      doorWith().openSocket(
        { url: 'https://good.example/', onMessage: ignore, onClose: ignore },
        { workspaceId, onlyHosts: null },
      ),
    ).rejects.toMatchObject({ code: 'outbound.address_refused' })
  })

  it('refuses a socket scheme for a request', async () => {
    await expect(
      doorWith().fetch({ url: 'wss://good.example/' }, { workspaceId, onlyHosts: null }),
    ).rejects.toMatchObject({
      code: 'outbound.address_refused',
    })
  })

  it('says the same to the caller whatever the reason', async () => {
    const door = doorWith()
    const { errorCatalogue } = await import('@hyponema/contract')
    for (const [, targets] of hostileTargets) {
      const refusal: unknown = await door
        .judge(targets[0] ?? '', { workspaceId, onlyHosts: null })
        .catch((error: unknown) => error)
      expect(refusal).toMatchObject({
        code: 'outbound.address_refused',
        status: errorCatalogue['outbound.address_refused'].status,
        errors: [],
      })
    }
  })

  it('takes the same minimum time for a refusal by parse, by policy, by resolver and by silence', async () => {
    const door = doorWith({
      refusalStepMs: 60,
      resolver: (host) => (host === 'silent.example' ? Promise.race([]) : Promise.resolve(['10.0.0.1'])),
    })
    const targets = [
      'nonsense',
      'http://good.example/',
      'https://talk.hyponema.example/',
      'https://localhost/',
      'https://127.0.0.1/',
      'https://private.example/',
      'https://silent.example/',
    ]
    for (const target of targets) {
      const startedMs = performance.now()
      await expect(door.judge(target, { workspaceId, onlyHosts: null })).rejects.toMatchObject({
        code: 'outbound.address_refused',
      })
      expect(performance.now() - startedMs).toBeGreaterThanOrEqual(58)
    }
  })
})

function ignore(): void {}

function spell(part: number, style: string): string {
  switch (style) {
    case 'octal':
      return `0${part.toString(8)}`
    case 'hex':
      return `0x${part.toString(16)}`
    case 'HEX':
      return `0X00${part.toString(16).toUpperCase()}`
    case 'fullwidth':
      return String(part).replaceAll(/\d/g, (digit) => String.fromCodePoint(0xff10 + Number(digit)))
    default:
      return String(part)
  }
}
