import { describe, expect, test } from 'vitest'
import { readConfig } from './config.ts'

const originOf = (environment: Record<string, string>) => readConfig({ environment }).publicOrigin

describe('the public origin', () => {
  test.each([
    [{}, 'http://127.0.0.1:4700'],
    [{ HYPONEMA_HOST: '127.0.0.1', HYPONEMA_PORT: '4711' }, 'http://127.0.0.1:4711'],
    [{ HYPONEMA_HOST: '::1' }, 'http://[::1]:4700'],
    [{ HYPONEMA_HOST: '2001:DB8::7', HYPONEMA_PORT: '80' }, 'http://[2001:db8::7]'],
    [{ HYPONEMA_HOST: 'localhost' }, 'http://localhost:4700'],
    [{ HYPONEMA_HOST: '192.0.2.7' }, 'http://192.0.2.7:4700'],
    [{ HYPONEMA_HOST: '0.0.0.0' }, 'http://127.0.0.1:4700'],
    [{ HYPONEMA_HOST: '::' }, 'http://127.0.0.1:4700'],
    [{ HYPONEMA_HOST: '::1', HYPONEMA_PUBLIC_ORIGIN: 'https://talk.example.com' }, 'https://talk.example.com'],
  ])('of %j is %s', (environment, origin) => {
    expect(originOf(environment)).toBe(origin)
    expect(new URL(origin).origin).toBe(origin)
  })

  test.each(['a b', 'http://127.0.0.1', '127.0.0.1/x', 'me@host', '[::1]', '::1%lo', '1:2'])(
    'is not made up for the host %s, which is none',
    (host) => expect(() => originOf({ HYPONEMA_HOST: host })).toThrow(`HYPONEMA_HOST is "${host}"`),
  )
})

describe('what belongs to the outbound door', () => {
  test('is nothing, or own names and addresses as targets are written, and a proxy', () => {
    const none = readConfig({ environment: { HTTPS_PROXY: 'http://127.0.0.1:1', ALL_PROXY: 'http://127.0.0.1:1' } })
    expect([none.outboundOwn, none.outboundProxy]).toEqual([[], undefined])
    const config = readConfig({
      environment: {
        HYPONEMA_OUTBOUND_OWN: 'Talk.Example.com., münchen.example, 203.0.113.7, 2001:DB8::7, [::1]',
        HYPONEMA_OUTBOUND_PROXY: 'http://127.0.0.1:4750',
      },
    })
    expect(config.outboundOwn).toEqual([
      'talk.example.com',
      'xn--mnchen-3ya.example',
      '203.0.113.7',
      '2001:db8::7',
      '::1',
    ])
    expect(config.outboundProxy).toEqual({ host: '127.0.0.1', port: 4750, authorization: undefined })
  })

  test.each(['https://talk.example.com', 'talk.example.com/x', 'talk.example.com:443', 'a#b', 'a@b', 'a b'])(
    'refuses %j as a name of its own',
    (own) =>
      expect(() => readConfig({ environment: { HYPONEMA_OUTBOUND_OWN: own } })).toThrow('HYPONEMA_OUTBOUND_OWN holds'),
  )

  test('refuses a proxy that it cannot read, without repeating its password', () => {
    const environment = { HYPONEMA_OUTBOUND_PROXY: 'https://ada:hunter2@proxy.inside:4750' }
    expect(() => readConfig({ environment })).toThrow(/^HYPONEMA_OUTBOUND_PROXY cannot be read(?!.*hunter2)/)
  })
})

describe('the mail server', () => {
  const mailOf = (environment: Record<string, string>) => readConfig({ environment }).mail

  test('is none, or an address with a sender', () => {
    expect(mailOf({})).toBeUndefined()
    expect(
      mailOf({ HYPONEMA_SMTP_URL: 'smtp://u:p@mail.example.com', HYPONEMA_MAIL_FROM: 'Hyponema <mail@example.com>' }),
    ).toEqual({
      server: { host: 'mail.example.com', port: 587, tls: 'starttls', user: 'u', password: 'p' },
      from: { name: 'Hyponema', address: 'mail@example.com' },
    })
  })

  test('that cannot be read is refused without repeating the password in it', () => {
    const broken = 'smtp://u:hunter2@mail.example.com/path'
    expect(() => mailOf({ HYPONEMA_SMTP_URL: broken, HYPONEMA_MAIL_FROM: 'mail@example.com' })).toThrow(
      'HYPONEMA_SMTP_URL',
    )
    expect(() => mailOf({ HYPONEMA_SMTP_URL: broken, HYPONEMA_MAIL_FROM: 'mail@example.com' })).not.toThrow('hunter2')
    expect(() => mailOf({ HYPONEMA_MAIL_FROM: 'mail@example.com' })).toThrow('HYPONEMA_SMTP_URL is missing')
    expect(() => mailOf({ HYPONEMA_SMTP_URL: 'smtps://mail.example.com' })).toThrow('HYPONEMA_MAIL_FROM')
  })
})
