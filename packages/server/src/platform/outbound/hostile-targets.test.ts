/** An attack suite: what customers could write to aim us at ourselves. Nothing here may reach a socket. */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { RefusalReason } from './check-target.ts'
import { createOutboundDoor, type OutboundDoorOptions } from './outbound-door.ts'
import type { OutboundRefusal } from './refusal-log.ts'
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

const byReason: readonly (readonly [RefusalReason, readonly string[]])[] = [
  [
    'address_not_public',
    [
      // loopback and metadata in every notation that a URL parser folds into dotted decimal
      'https://127.0.0.1/',
      'https://127.1/',
      'https://127.0.1/',
      'https://2130706433/',
      'https://0x7f000001/',
      'https://0x7F.1/',
      'https://0x7f.0x0.0x0.0x1/',
      'https://017700000001/',
      'https://0177.0.0.1/',
      'https://0177.0x0.0.1/',
      'https://127.0.0.1./',
      'https://127.0.0.1:8443/',
      'https://127.255.255.254/',
      'https://0/',
      'https://0.0.0.0/',
      'https://0x0/',
      'https://10.0.0.1/',
      'https://10.1/',
      'https://167772161/',
      'https://172.16.0.1/',
      'https://192.168.1.1/',
      'https://192.168.257/',
      'https://100.64.0.1/',
      'https://169.254.169.254/latest/meta-data/',
      'https://2852039166/latest/meta-data/',
      'https://0xa9fea9fe/',
      'https://0251.0376.0251.0376/',
      'https://169.254.43518/',
      'https://168.63.129.16/machine?comp=goalstate',
      'https://2822734096/',
      'https://100.100.100.200/latest/meta-data/',
      'https://192.0.0.192/opc/v2/instance/',
      'https://199.36.153.5/',
      'https://224.0.0.1/',
      'https://240.0.0.1/',
      'https://255.255.255.255/',
      'https://4294967295/',
      'https://198.18.0.1/',
      'https://203.0.113.7/',
      // full-width, circled and mathematical digits and full stops that IDNA maps to ASCII
      'https://\uff11\uff12\uff17.\uff10.\uff10.\uff11/',
      'https://\u2460\u2461\u2466.\u24ea.\u24ea.\u2460/',
      'https://\u{1d7cf}\u{1d7d0}\u{1d7d5}.\u{1d7ce}.\u{1d7ce}.\u{1d7cf}/',
      'https://127\u30020\u30020\u30021/',
      'https://127\uff0e0\uff610\uff0e1/',
      'https://\uff11\uff16\uff19.254.169.254/',
      'https://0\u00ad.0.0.0/',
      // IPv6
      'https://[::1]/',
      'https://[0:0:0:0:0:0:0:1]/',
      'https://[::]/',
      'https://[::ffff:127.0.0.1]/',
      'https://[::ffff:7f00:1]/',
      'https://[0:0:0:0:0:ffff:7f00:0001]/',
      'https://[::FFFF:A9FE:A9FE]/',
      'https://[::ffff:168.63.129.16]/',
      'https://[::127.0.0.1]/',
      'https://[64:ff9b::127.0.0.1]/',
      'https://[64:ff9b::a9fe:a9fe]/',
      'https://[64:ff9b:1::a00:1]/',
      'https://[2002:7f00:1::]/',
      'https://[2002:a9fe:a9fe::1]/',
      'https://[2001:0:0:0:0:0:0:1]/',
      'https://[2001:db8::1]/',
      'https://[fe80::1]/',
      'https://[fc00::1]/',
      'https://[fd00:ec2::254]/latest/meta-data/',
      'https://[ff02::1]/',
      'https://[1::1]/',
      'https://[4000::1]/',
      'https://[100:0:0:1::1]/',
      'https://[2a00:1450::5efe:127.0.0.1]/',
      'wss://[::1]:8443/',
      // names
      'https://private.example/',
      'https://PRIVATE.Example./',
      'https://loopback.example/',
      'https://metadata.example/',
      'https://azure.example/',
      'https://mixed.example/',
      'https://mixed6.example/',
      'https://mapped.example/',
      'https://nat64.example/',
      'https://sixtofour.example/',
      'https://garbage.example/',
      'wss://private.example/',
      'https://\uff50rivate.example/',
      'https://pri\u00advate.example/',
    ],
  ],
  [
    'unreadable_url',
    [
      '',
      'good.example',
      '//good.example/',
      'https:good.example',
      'https:/good.example/',
      'https:///good.example/',
      'https:\\\\good.example\\',
      'https://good.example\\@127.0.0.1/',
      'https://user@good.example/',
      'https://user:pass@good.example/',
      'https://good.example@127.0.0.1/',
      'https://127.0.0.1@good.example/',
      'https://:@good.example/',
      'https://good.example%00.evil.example/',
      'https://%31%32%37.0.0.1/',
      'https://good%2eexample/',
      'https://[fe80::1%25eth0]/',
      'https://[::1/',
      'https://[::1]x/',
      'https://good.example:99999/',
      'https://good.example:-1/',
      'https://good..example/',
      'https://good.example../',
      'https://.good.example/',
      'https://-/',
      ' https://good.example/',
      'https://good.example/ ',
      'https://good.example/a b',
      'https://good.ex\tample/',
      'https://good.example\r\nhost: inside/',
      'https://good.example/\u0000',
      'ht\ntps://good.example/',
      'https://256.256.256.256/',
      'https://1.2.3.4.5/',
      'https://0x100000000/',
      'https://127.0.0.1.5.6/',
      `https://good.example/${'a'.repeat(2048)}`,
      `https://${'a'.repeat(64)}.example/`,
      'javascript:alert(1)',
      'data:text/plain,hello',
      'file:///etc/passwd',
      'ftp://good.example/',
      'gopher://good.example:6379/_INFO',
      'unix:/var/run/docker.sock',
      'blob:https://good.example/1',
    ],
  ],
  [
    'scheme_or_port',
    [
      'http://good.example/',
      'http://good.example:443/',
      'ws://good.example/',
      'https://good.example:22/',
      'https://good.example:80/',
      'https://good.example:5432/',
      'https://good.example:0/',
      'https://good.example:65535/',
      'wss://good.example:6379/',
      'http://127.0.0.1/',
      'http://[::1]/',
    ],
  ],
  [
    'local_name',
    [
      'https://localhost/',
      'https://LOCALHOST./',
      'https://metadata/',
      'https://a.localhost/',
      'https://metadata.google.internal/',
      'https://printer.local/',
      'https://x.home.arpa/',
      'https://x.onion/',
      'https://models.lan:8443/',
    ],
  ],
  ['unresolvable', ['https://nowhere.example/', 'https://empty.example/', 'https://many.example/']],
  [
    'own_name',
    [
      'https://talk.hyponema.example/',
      'https://TALK.hyponema.example./v1',
      'https://talk.hyponema.example:8443/',
      'https://us.example/',
    ],
  ],
  ['own_address', ['https://calls-us.example/', 'https://93.184.215.99/', 'https://[::ffff:93.184.215.99]/']],
]

describe('the outbound door', () => {
  for (const [reason, targets] of byReason) {
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

  it('counts at least 80 hostile targets', () => {
    expect(new Set(byReason.flatMap(([, targets]) => targets)).size).toBeGreaterThanOrEqual(80)
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
    for (const [, targets] of byReason) {
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
    for (const target of ['nonsense', 'https://127.0.0.1/', 'https://private.example/', 'https://silent.example/']) {
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
