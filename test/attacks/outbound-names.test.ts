/** An attack suite: name servers of an attacker, real ones on loopback, against the outbound door. */
import { createServer } from 'node:http'
import { afterEach, describe, expect, onTestFinished, test } from 'vitest'
import { parseAllowEntry } from '../../packages/server/src/platform/outbound/allow-entry.ts'
import { createOutboundDoor } from '../../packages/server/src/platform/outbound/outbound-door.ts'
import type { OutboundRefusal } from '../../packages/server/src/platform/outbound/refusal-log.ts'
import { createDnsResolver } from '../../packages/server/src/platform/outbound/resolve-addresses.ts'
import {
  closeLoopback,
  listen,
  workspaceId,
} from '../../packages/server/src/platform/outbound/test-harness/loopback.ts'
import { alias, answerTo, ipv4, ipv6, type Question, serveNames } from './name-server.ts'

afterEach(closeLoopback)

const use = { workspaceId, onlyHosts: null }
const open = '93.184.215.14'
const open6 = '2606:2800:21f:cb07:6820:80da:af6b:8b2c'
/** Half of it for one question, which a busy machine may need. */
const timeoutMs = 800

function doorOver(server: string, entries: readonly string[] = []) {
  const told: OutboundRefusal[] = []
  const door = createOutboundDoor({
    allow: entries.map(parseAllowEntry),
    ownNames: [],
    ownAddresses: [],
    refusalStepMs: 1,
    resolver: createDnsResolver({ servers: [server], timeoutMs }),
    onRefused: (refusal) => told.push(refusal),
  })
  onTestFinished(() => door.close())
  return { door, told }
}

type Answers = (question: Question) => readonly Buffer[]
const a = (question: Question, ...addresses: readonly string[]) =>
  answerTo(question, question.type === 'A' ? addresses.map((address) => ipv4(address)) : [])
const both =
  (four: string, six: string): Answers =>
  (question) => [answerTo(question, question.type === 'A' ? [ipv4(four)] : [ipv6(six)])]
const groups = (first: string, last = '1') => `${first}:0:0:0:0:0:0:${last}`

const refused: readonly (readonly [string, string, Answers])[] = [
  ['a private address', 'address_not_public', (question) => [a(question, '10.0.0.5')]],
  ['one private address among public ones', 'address_not_public', (question) => [a(question, open, '192.168.0.1')]],
  [
    'a private address at the end of fifty',
    'address_not_public',
    (question) => [a(question, ...Array.from({ length: 49 }, (_, index) => `93.184.215.${index}`), '127.0.0.1')],
  ],
  ['a metadata address', 'address_not_public', (question) => [a(question, '169.254.169.254')]],
  ['the address of no host', 'address_not_public', (question) => [a(question, '0.0.0.0')]],
  ['broadcast', 'address_not_public', (question) => [a(question, '255.255.255.255')]],
  ['the wire server of a cloud', 'address_not_public', (question) => [a(question, '168.63.129.16')]],
  ['a public A and ::1', 'address_not_public', both(open, groups('0'))],
  ['a public A and a unique local AAAA', 'address_not_public', both(open, groups('fd00'))],
  ['a public A and a link-local AAAA', 'address_not_public', both(open, groups('fe80'))],
  ['a public A and a site-local AAAA', 'address_not_public', both(open, groups('fec0'))],
  ['a public A and a mapped private AAAA', 'address_not_public', both(open, '0:0:0:0:0:ffff:a00:5')],
  ['a public A and a compatible private AAAA', 'address_not_public', both(open, '0:0:0:0:0:0:a00:5')],
  ['a public A and NAT64', 'address_not_public', both(open, '64:ff9b:0:0:0:0:a00:5')],
  ['a public A and local NAT64', 'address_not_public', both(open, '64:ff9b:1:0:0:0:a00:5')],
  ['a public A and 6to4', 'address_not_public', both(open, '2002:a00:5:0:0:0:0:1')],
  ['a public A and Teredo', 'address_not_public', both(open, '2001:0:5db8:d70e:0:0:f5ff:fffa')],
  ['a public A and ISATAP', 'address_not_public', both(open, '2606:2800:21f:cb07:0:5efe:a00:5')],
  ['a public A and SRv6', 'address_not_public', both(open, groups('5f00'))],
  ['a public A and the discard prefix', 'address_not_public', both(open, '100:0:0:0:0:0:0:1')],
  ['a public A and documentation', 'address_not_public', both(open, '2001:db8:0:0:0:0:0:1')],
  ['a public A and multicast', 'address_not_public', both(open, groups('ff02'))],
  ['a private A and a public AAAA', 'address_not_public', both('10.0.0.5', open6)],
  [
    'an alias to an inside name',
    'address_not_public',
    (question) => [
      answerTo(
        question,
        question.type === 'A' ? [alias('evil.example', 'db.internal'), ipv4('10.0.0.5', { name: 'db.internal' })] : [],
      ),
    ],
  ],
  [
    'a chain of aliases with a private end',
    'address_not_public',
    (question) => [
      answerTo(
        question,
        question.type === 'A'
          ? [
              alias('evil.example', 'a.example'),
              alias('a.example', 'b.example'),
              alias('b.example', 'c.example'),
              ipv4('127.0.0.1', { name: 'c.example' }),
            ]
          : [],
      ),
    ],
  ],
  ['an alias to itself', 'unresolvable', (question) => [answerTo(question, [alias('evil.example', 'evil.example')])]],
  ['an alias to nowhere', 'unresolvable', (question) => [answerTo(question, [alias('evil.example', 'gone.example')])]],
  ['no such name', 'unresolvable', (question) => [answerTo(question, [], { code: 3 })]],
  ['a failure of the server', 'unresolvable', (question) => [answerTo(question, [], { code: 2 })]],
  ['a refusal', 'unresolvable', (question) => [answerTo(question, [], { code: 5 })]],
  ['no record', 'unresolvable', (question) => [answerTo(question, [])]],
  ['silence', 'unresolvable', () => []],
  ['garbage', 'unresolvable', () => [Buffer.from('this is no DNS message at all'), Buffer.alloc(512, 0xff)]],
  ['an empty packet', 'unresolvable', () => [Buffer.alloc(0)]],
  ['half a header', 'unresolvable', ({ bytes }) => [bytes.subarray(0, 6)]],
  ['the question itself', 'unresolvable', ({ bytes }) => [bytes]],
  [
    'an answer to another id',
    'unresolvable',
    (question) => [answerTo(question, [ipv4(open)], { id: (question.bytes.readUInt16BE(0) + 1) % 65_536 })],
  ],
  [
    'an answer to another question',
    'unresolvable',
    (question) => [answerTo(question, [ipv4(open)], { question: 'other.example' })],
  ],
  [
    'a record of four bytes too few',
    'unresolvable',
    (question) => [answerTo(question, [{ type: 'A', data: Buffer.alloc(0) }])],
  ],
  [
    'a record of sixteen bytes where four belong',
    'address_not_public',
    (question) => [answerTo(question, [{ type: 'A', data: Buffer.alloc(16) }])],
  ],
  [
    'a compressed name that points at itself',
    'unresolvable',
    (question) => [answerTo(question, [{ type: 'CNAME', data: Buffer.from([0xc0, 0x20]) }])],
  ],
  ['an answer cut in the middle of a record', 'unresolvable', (question) => [a(question, open).subarray(0, -2)]],
  [
    'more addresses than anybody has',
    'unresolvable',
    (question) => [a(question, ...Array.from({ length: 100 }, (_, index) => `93.184.215.${index}`))],
  ],
  [
    'a truncated answer whose whole is private',
    'address_not_public',
    (question) => [
      question.transport === 'udp' ? answerTo(question, [], { truncated: true }) : a(question, open, '10.0.0.5'),
    ],
  ],
  ['truncated answers for ever', 'unresolvable', (question) => [answerTo(question, [], { truncated: true })]],
]

describe('an attacker’s name server', () => {
  test.each(refused)('that answers %s gets nobody through (%s)', async (_what, reason, answers) => {
    const server = await serveNames(answers)
    const { door, told } = doorOver(server.address)
    const verdicts = await Promise.allSettled([
      door.judge('https://evil.example/', use),
      door.fetch({ url: 'https://evil.example/' }, use),
      door.openSocket({ url: 'wss://evil.example/', onMessage: () => undefined, onClose: () => undefined }, use),
    ])
    const refusal = { status: 'rejected', reason: { code: 'outbound.address_refused', errors: [] } }
    expect(verdicts).toMatchObject([refusal, refusal, refusal])
    expect(told[0]).toMatchObject({ reason, host: 'evil.example' })
    expect(server.questions.length).toBeGreaterThan(0)
  })

  test('that forges an answer beside the true one is not believed', async () => {
    const server = await serveNames((question) => [
      answerTo(question, [ipv4(open)], { id: (question.bytes.readUInt16BE(0) + 7) % 65_536 }),
      a(question, '10.0.0.5'),
    ])
    await expect(doorOver(server.address).door.judge('https://evil.example/', use)).rejects.toMatchObject({
      code: 'outbound.address_refused',
    })
  })

  test('that puts other names beside its answer adds no address', async () => {
    const server = await serveNames((question) => [
      answerTo(question, question.type === 'A' ? [ipv4(open)] : [], {
        more: [ipv4('10.0.0.5', { name: 'evil.example' })],
      }),
    ])
    const resolver = createDnsResolver({ servers: [server.address], timeoutMs })
    const signal = AbortSignal.timeout(5000)
    expect(await resolver('evil.example', { hostsFile: false, signal })).toEqual([open])
  })

  test('gets good names through, aliases and a truncated answer too, so that the refusals mean something', async () => {
    for (const answers of [
      both(open, open6),
      (question: Question) => [a(question, open)],
      (question: Question) => [
        answerTo(
          question,
          question.type === 'A' ? [alias('evil.example', 'b.example'), ipv4(open, { name: 'b.example' })] : [],
        ),
      ],
      (question: Question) => [
        question.transport === 'udp' ? answerTo(question, [], { truncated: true }) : a(question, open),
      ],
    ]) {
      const server = await serveNames(answers)
      await expect(doorOver(server.address).door.judge('https://evil.example/', use)).resolves.toMatchObject({
        host: 'evil.example',
      })
    }
  })

  test('that answers something else at every question is judged at every use', async () => {
    const server = await serveNames((question) => [a(question, question.before % 2 === 0 ? open : '127.0.0.1')])
    const { door } = doorOver(server.address)
    await expect(door.judge('https://evil.example/', use)).resolves.toBeDefined()
    await expect(door.judge('https://evil.example/', use)).rejects.toMatchObject({ code: 'outbound.address_refused' })
    await expect(door.judge('https://evil.example/', use)).resolves.toBeDefined()
  })

  test('is asked once for a request, and what it would say then moves nobody', async () => {
    const hits: string[] = []
    const serveAt = async (host: string, port: number) =>
      listen(
        createServer((_request, response) => {
          hits.push(host)
          response.end(host)
        }),
        host,
        port,
      )
    const port = await serveAt('127.0.0.2', 0)
    await serveAt('127.0.0.3', port)
    const server = await serveNames((question) => [a(question, question.before === 0 ? '127.0.0.2' : '127.0.0.3')])
    const { door } = doorOver(server.address, [`http://evil.inside:${port}`])
    const answer = await door.fetch({ url: `http://evil.inside:${port}/` }, use)
    expect(await answer.text()).toBe('127.0.0.2')
    expect(hits).toEqual(['127.0.0.2'])
    expect(server.questions.filter(({ type }) => type === 'A')).toHaveLength(1)
  })

  test('is not asked about what is an address already, whatever its notation', async () => {
    const server = await serveNames((question) => [a(question, open)])
    const { door } = doorOver(server.address)
    for (const host of ['127.0.0.1', '2130706433', '0x7f.1', '[::1]', '017700000001', '127.1', '①②⑦.0.0.1']) {
      await expect(door.judge(`https://${host}/`, use)).rejects.toMatchObject({ code: 'outbound.address_refused' })
    }
    expect(server.questions).toEqual([])
  })
})
