/** Against a mail server on this machine: with TLS both ways, a login, and each way in which one can fail. */

import { type AddressInfo, createServer, type Server } from 'node:net'
import { text } from 'node:stream/consumers'
import { parseEmail } from '@hyponema/contract'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'
import { afterEach, describe, expect, test } from 'vitest'
import { makeCertificate } from '../outbound/test-harness/make-certificate.ts'
import { createSendMail, type MailOptions } from './send-mail.ts'
import type { SmtpAddress } from './smtp-address.ts'

const { certificate, key } = makeCertificate('localhost')
const from = { name: 'Hyponema', address: 'mail@example.com' }
const to = address('ada@example.com')
const mail = { to, subject: 'Sign in', text: 'https://example.com/auth/link#abc', html: '<p>link</p>' }
const timeouts = { stepMs: 1_000, wholeMs: 3_000 }

function address(typed: string) {
  const email = parseEmail(typed)
  if (email === undefined) throw new Error(`${typed} is no address`)
  return email
}

type Taken = {
  readonly from: string
  readonly to: readonly string[]
  readonly secure: boolean
  readonly user: string | undefined
  readonly raw: string
}

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

async function startMailServer(options: SMTPServerOptions = {}): Promise<{ port: number; taken: Taken[] }> {
  const taken: Taken[] = []
  const server = new SMTPServer({
    key,
    cert: certificate,
    authOptional: true,
    onAuth: ({ username, password }, _session, done) =>
      username === 'hyponema' && password === 'right' ? done(null, { user: username }) : done(new Error('wrong login')),
    onData: (stream, session, done) => {
      void text(stream).then((raw) => {
        const { mailFrom, rcptTo } = session.envelope
        taken.push({
          from: mailFrom === false ? '' : (mailFrom?.address ?? ''),
          to: rcptTo.map((one) => one.address),
          secure: session.secure,
          user: typeof session.user === 'string' ? session.user : undefined,
          raw,
        })
        done()
      })
    },
    ...options,
  })
  server.on('error', () => undefined)
  const listening = server.listen(0, '127.0.0.1')
  await new Promise<void>((resolve) => listening.once('listening', () => resolve()))
  closing.push(() => new Promise<void>((resolve) => server.close(() => resolve())))
  return { port: portOf(listening), taken }
}

async function startSocket(onSocket: Parameters<typeof createServer>[1]): Promise<number> {
  const server = createServer(onSocket)
  server.listen(0, '127.0.0.1')
  await new Promise<void>((resolve) => server.once('listening', () => resolve()))
  closing.push(async () => void server.close())
  return portOf(server)
}

function portOf(server: Pick<Server, 'address'>): number {
  const bound: string | AddressInfo | null = server.address()
  return typeof bound === 'object' && bound !== null ? bound.port : 0
}

const send = (server: Partial<SmtpAddress> & { port: number }, options: Partial<MailOptions> = {}) =>
  createSendMail({
    server: { host: 'localhost', tls: 'starttls', user: undefined, password: undefined, ...server },
    from,
    timeouts,
    authorities: certificate,
    ...options,
  })(mail)

describe('a mail', () => {
  test('goes through STARTTLS to one recipient, as text and as HTML', async () => {
    const { port, taken } = await startMailServer()
    await send({ port })
    expect(taken).toMatchObject([{ from: 'mail@example.com', to: ['ada@example.com'], secure: true }])
    const raw = taken[0]?.raw ?? ''
    expect(raw).toMatch(/^From: Hyponema <mail@example\.com>\r?$/m)
    expect(raw).toMatch(/^To: ada@example\.com\r?$/m)
    expect(raw).toMatch(/^Auto-Submitted: auto-generated\r?$/m)
    expect(raw).toContain('text/plain')
    expect(raw).toContain('text/html')
  })

  test('goes through implicit TLS with a login', async () => {
    const { port, taken } = await startMailServer({ secure: true, authOptional: false })
    await send({ port, tls: 'implicit', user: 'hyponema', password: 'right' })
    expect(taken).toMatchObject([{ secure: true, user: 'hyponema' }])
  })

  test('goes in the clear to this machine only', async () => {
    const { port, taken } = await startMailServer({ disabledCommands: ['STARTTLS'] })
    await send({ port, tls: 'none' })
    expect(taken).toMatchObject([{ secure: false }])
    await expect(send({ port })).rejects.toMatchObject({ name: 'MailFailure' })
    expect(taken).toHaveLength(1)
  })

  test('cannot get a header, a recipient or a second mail from what stands in it', async () => {
    const { port, taken } = await startMailServer()
    const sendMail = createSendMail({
      server: { host: 'localhost', port, tls: 'starttls', user: undefined, password: undefined },
      from: { name: 'Eve\r\nBcc: eve@example.com', address: 'mail@example.com' },
      timeouts,
      authorities: certificate,
    })
    await sendMail({
      ...mail,
      subject: 'Hi\r\nBcc: eve@example.com\r\n\r\nbody',
      text: 'a\r\n.\r\nMAIL FROM:<x@example.com>',
    })
    expect(taken).toMatchObject([{ to: ['ada@example.com'] }])
    expect(taken[0]?.raw).not.toMatch(/^Bcc:/im)
  })

  test.each([
    ['a certificate that nobody vouches for', {}, { authorities: '' }],
    ['a wrong login', { user: 'hyponema', password: 'wrong' }, {}],
  ])('fails at %s, without the words of the other side', async (_name, server, options) => {
    const { port, taken } = await startMailServer()
    const failure: unknown = await send({ port, ...server }, options).catch((error: unknown) => error)
    expect(failure).toMatchObject({ name: 'MailFailure' })
    expect(String(failure)).not.toMatch(/ada@|wrong login|hyponema/)
    expect(taken).toEqual([])
  })

  test('fails when the recipient is refused, and the failure does not name it', async () => {
    const { port } = await startMailServer({
      onRcptTo: ({ address: refused }, _session, done) => done(new Error(`no such user ${refused}`)),
    })
    const failure: unknown = await send({ port }).catch((error: unknown) => error)
    expect(failure).toMatchObject({ name: 'MailFailure', code: 'EENVELOPE' })
    expect(JSON.stringify(failure) + String(failure)).not.toContain('ada@')
  })

  test('fails in time at a server that says nothing, one that hangs up, and one that is down', async () => {
    const silent = await startSocket((socket) => socket.on('error', () => undefined))
    const rude = await startSocket((socket) => socket.end())
    const down = await startSocket(() => undefined)
    await closing.pop()?.()
    for (const port of [silent, rude, down]) {
      await expect(send({ port })).rejects.toMatchObject({ name: 'MailFailure' })
    }
  }, 20_000)

  test('fails in time at a server that drips', async () => {
    const drip = await startSocket((socket) => {
      const timer = setInterval(() => socket.write('220-still here\r\n'), 50)
      socket.on('close', () => clearInterval(timer)).on('error', () => undefined)
    })
    await expect(send({ port: drip }, { timeouts: { stepMs: 5_000, wholeMs: 500 } })).rejects.toMatchObject({
      code: 'EABORT',
    })
  }, 10_000)
})
