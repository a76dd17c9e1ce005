import { describe, expect, test } from 'vitest'
import type { LentSecret } from '../../platform/outbound/lend-secret.ts'
import { maskSecrets } from './mask-secrets.ts'

const key = 'quagmire-Zx81-spectrum-48k-rubber'
const credential: LentSecret = { unseal: async () => undefined, use: (work) => work(Buffer.from(key)) }
const masked = (fields: Parameters<typeof maskSecrets>[0]) => JSON.stringify(maskSecrets(fields, credential))

describe('what a tool answers', () => {
  test.each([
    ['as it is', { headers: { authorization: `Bearer ${key}` } }],
    ['as the name of a field', { [key]: 1 }],
    ['in a list of lists', { a: [[`x=${key}`]] }],
    ['in capitals', { a: key.toUpperCase() }],
    ['in base64', { a: Buffer.from(`user:${key}`).toString('base64') }],
    ['in hexadecimal', { a: Buffer.from(key).toString('hex') }],
    ['percent-encoded', { a: encodeURIComponent(`Bearer ${key}`) }],
    ['with something between its letters', { a: [...key].join('.') }],
    ['in half', { a: key.slice(0, 16), b: key.slice(16) }],
  ])('holds nothing of the key that it was called with: %s', (_name, fields) => {
    const text = masked(fields)
    for (let at = 0; at + 12 <= key.length; at += 1) {
      const part = key.slice(at, at + 12)
      expect(text?.toLowerCase()).not.toContain(part.toLowerCase())
    }
    expect(text).toContain('[secret]')
  })

  test('is withheld where the key stands in pieces, or is gone, so that nobody can tell', () => {
    expect(maskSecrets({ a: [...key] }, credential)).toBeUndefined()
    const gone: LentSecret = {
      unseal: async () => undefined,
      use: () => {
        throw new RangeError('wiped')
      },
    }
    expect(maskSecrets({ a: 'hello' }, gone)).toBeUndefined()
  })

  test.each([
    'Bearer abcdefghijklmnopqrstuvwxyz',
    'sk-proj-abcdefghijklmnopqrst',
    'sk_live_abcdefghijklmnop1234',
    'ghp_abcdefghijklmnopqrstuvwxyz0123456789',
    'xoxb-123456789012-abcdefgh',
    'AKIAIOSFODNN7EXAMPLE',
    'AIzaSyA1234567890abcdefghijklmnopqrstuv',
    'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
    'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl',
    '-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----',
    '-----BEGIN PRIVATE KEY-----\nabc',
  ])('holds no key of anybody: %s', (found) => {
    expect(maskSecrets({ a: `it is ${found}` }, undefined)).toEqual({ a: 'it is [secret]' })
  })

  test('keeps what only looks a little like one', () => {
    const fields = {
      id: '0190b5a0-0000-7000-8000-000000000001',
      order: 'org_12345678',
      phone: '+49 151 12345678',
      url: 'https://example.com/a/very/long/path/of/a/booking/that/is/fine',
      sha: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
      text: 'The task-force meets at 9:30. Risk-free, ask-me-anything-about-desks.',
      digits: Array.from({ length: 500 }, (_, at) => at * 7919),
      none: null,
      nested: [{ a: [true, 1.5] }],
    }
    expect(maskSecrets(fields, credential)).toEqual(fields)
  })

  test('of a hostile tool costs a bounded time', () => {
    const startedMs = performance.now()
    const texts = Array.from({ length: 900 }, (_, at) => `${key.slice(0, 12)}${at}`)
    maskSecrets({ texts }, credential)
    maskSecrets({ text: 'eyJ'.repeat(5000), more: 'Bearer '.repeat(2000), keys: '-----BEGIN '.repeat(1400) }, undefined)
    expect(performance.now() - startedMs).toBeLessThan(2000)
  })

  test('of a hostile tool that begins a token at every word costs a bounded time', () => {
    const startedMs = performance.now()
    for (const text of ['-eyJ'.repeat(60_000), '-eyJabcdefgh.abcdefgh'.repeat(12_000)]) maskSecrets({ text }, undefined)
    expect(performance.now() - startedMs).toBeLessThan(5000)
  })

  test('holds no key whose parts stand in fields of their own', () => {
    expect(maskSecrets({ a: key.slice(0, 11), b: key.slice(11, 22) }, credential)).toBeUndefined()
  })
})
