import { createSocket } from 'node:dgram'
import { type AddressInfo, createServer } from 'node:net'
import { onTestFinished } from 'vitest'

export type Question = {
  readonly name: string
  readonly type: 'A' | 'AAAA' | 'other'
  readonly transport: 'udp' | 'tcp'
  /** How many questions of this type came before it. */
  readonly before: number
  /** The message as it came. */
  readonly bytes: Buffer
}

/** Whole messages to send back, in their order; none is silence. */
type Answers = (question: Question) => readonly Buffer[]

const types = { A: 1, CNAME: 5, AAAA: 28 } as const

export type DnsRecord = {
  readonly name?: string
  readonly type: keyof typeof types
  readonly data: Buffer
  readonly ttl?: number
}

/** A DNS server on loopback that answers whatever a test makes it answer, over UDP and TCP on one port. RFC 1035 by hand, so that it can be broken. */
export async function serveNames(answers: Answers) {
  const questions: Question[] = []
  const take = (bytes: Buffer, transport: Question['transport']): readonly Buffer[] => {
    const end = bytes.indexOf(0, 12)
    const number = bytes.readUInt16BE(end + 1)
    const type = number === types.A ? 'A' : number === types.AAAA ? 'AAAA' : 'other'
    const before = questions.filter((earlier) => earlier.type === type).length
    const question = { name: readName(bytes.subarray(12, end)), type, transport, before, bytes } as const
    questions.push(question)
    return answers(question)
  }
  const udp = createSocket('udp4')
  udp.on('message', (bytes, peer) => {
    for (const answer of take(bytes, 'udp')) udp.send(answer, peer.port, peer.address)
  })
  const tcp = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.on('data', (bytes: Buffer) => {
      for (const answer of take(bytes.subarray(2), 'tcp')) {
        const length = Buffer.alloc(2)
        length.writeUInt16BE(answer.length)
        socket.write(Buffer.concat([length, answer]))
      }
    })
  })
  await new Promise<void>((settle) => tcp.listen(0, '127.0.0.1', settle))
  const address: AddressInfo | string | null = tcp.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  await new Promise<void>((settle) => udp.bind(port, '127.0.0.1', settle))
  onTestFinished(async () => {
    udp.close()
    await new Promise((settle) => tcp.close(settle))
  })
  return { address: `127.0.0.1:${port}`, questions }
}

/** An answer to a question: its header and question as they came, then records. */
export function answerTo(
  { bytes }: Question,
  records: readonly DnsRecord[],
  change: {
    readonly code?: number
    readonly truncated?: boolean
    readonly id?: number
    readonly question?: string
    readonly more?: readonly DnsRecord[]
  } = {},
): Buffer {
  const end = bytes.indexOf(0, 12) + 5
  const head = Buffer.from(bytes.subarray(0, 12))
  if (change.id !== undefined) head.writeUInt16BE(change.id, 0)
  head.writeUInt16BE(0x8180 | (change.code ?? 0) | (change.truncated === true ? 0x0200 : 0), 2)
  head.writeUInt16BE(1, 4)
  head.writeUInt16BE(records.length, 6)
  head.writeUInt16BE(0, 8)
  head.writeUInt16BE(change.more?.length ?? 0, 10)
  const asked =
    change.question === undefined
      ? bytes.subarray(12, end)
      : Buffer.concat([writeName(change.question), bytes.subarray(end - 4, end)])
  return Buffer.concat([head, asked, ...[...records, ...(change.more ?? [])].map(writeRecord)])
}

export function ipv4(address: string, more: Partial<DnsRecord> = {}): DnsRecord {
  return { type: 'A', data: Buffer.from(address.split('.').map(Number)), ...more }
}

/** `address` as eight groups, without `::`. */
export function ipv6(address: string, more: Partial<DnsRecord> = {}): DnsRecord {
  const data = Buffer.alloc(16)
  for (const [index, group] of address.split(':').entries()) data.writeUInt16BE(Number.parseInt(group, 16), index * 2)
  return { type: 'AAAA', data, ...more }
}

export function alias(name: string, target: string): DnsRecord {
  return { name, type: 'CNAME', data: writeName(target) }
}

function writeRecord({ name, type, data, ttl = 0 }: DnsRecord): Buffer {
  const fixed = Buffer.alloc(10)
  fixed.writeUInt16BE(types[type], 0)
  fixed.writeUInt16BE(1, 2)
  fixed.writeUInt32BE(ttl, 4)
  fixed.writeUInt16BE(data.length, 8)
  // Without a name of its own a record is about the question.
  return Buffer.concat([name === undefined ? Buffer.from([0xc0, 0x0c]) : writeName(name), fixed, data])
}

function writeName(name: string): Buffer {
  const labels = name.split('.').map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label)]))
  return Buffer.concat([...labels, Buffer.from([0])])
}

function readName(bytes: Buffer): string {
  const labels: string[] = []
  for (let at = 0; at < bytes.length; at += 1 + (bytes[at] ?? 0)) {
    labels.push(bytes.subarray(at + 1, at + 1 + (bytes[at] ?? 0)).toString())
  }
  return labels.join('.').toLowerCase()
}
