import { describe, expect, test } from 'vitest'
import { parseMailSender, parseSmtpUrl } from './smtp-address.ts'

describe('the address of a mail server', () => {
  test.each([
    [
      'smtp://mail.example.com',
      { host: 'mail.example.com', port: 587, tls: 'starttls', user: undefined, password: undefined },
    ],
    [
      'smtps://mail.example.com',
      { host: 'mail.example.com', port: 465, tls: 'implicit', user: undefined, password: undefined },
    ],
    [
      'smtp://u%40x:p%3Aq@mail.example.com:2525/',
      { host: 'mail.example.com', port: 2525, tls: 'starttls', user: 'u@x', password: 'p:q' },
    ],
    ['smtp://localhost:1025', { host: 'localhost', port: 1025, tls: 'none', user: undefined, password: undefined }],
    ['smtp://[::1]:1025', { host: '::1', port: 1025, tls: 'none', user: undefined, password: undefined }],
    ['smtps://localhost', { host: 'localhost', port: 465, tls: 'implicit', user: undefined, password: undefined }],
  ])('%s', (text, address) => {
    expect(parseSmtpUrl(text)).toEqual(address)
  })

  test.each([
    '',
    'mail.example.com',
    'http://mail.example.com',
    'smtp://',
    'smtp://user@mail.example.com',
    'smtp://:pass@mail.example.com',
    'smtp://mail.example.com/path',
    'smtp://mail.example.com?tls=no',
    'smtp://mail.example.com:99999',
    'smtp://%zz:x@mail.example.com',
  ])('"%s" is none', (text) => {
    expect(parseSmtpUrl(text)).toBeUndefined()
  })
})

describe('the sender', () => {
  test.each([
    ['mail@example.com', { name: '', address: 'mail@example.com' }],
    ['Hyponema <Mail@example.com>', { name: 'Hyponema', address: 'mail@example.com' }],
    ["Ada's Café <mail@example.com>", { name: "Ada's Café", address: 'mail@example.com' }],
  ])('%s', (text, sender) => {
    expect(parseMailSender(text)).toEqual(sender)
  })

  test.each([
    '',
    'Hyponema',
    'a\r\nBcc: eve@example.com <mail@example.com>',
    'a <b> <mail@example.com>',
    'mail@example.com, eve@example.com',
    '"x" <mail@example.com>',
  ])('%j is none', (text) => {
    expect(parseMailSender(text)).toBeUndefined()
  })
})
