import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { withoutSecret } from './without-secret.ts'

const anyKey = fc.stringMatching(/^[\x21-\x7e]{8,60}$/).filter((key) => !/secret/i.test(key))
const spellings: Readonly<Record<string, (key: string) => string>> = {
  'as it is': (key) => key,
  'in a JSON text': (key) => JSON.stringify({ error: { message: key } }),
  'in a URL': (key) => `https://api.example/v1?key=${encodeURIComponent(key)}&a=1`,
  'in HTML': (key) => `<b>${key.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')}</b>`,
  'in small letters': (key) => key.toLowerCase(),
  'in capitals': (key) => key.toUpperCase(),
  'in hexadecimal': (key) => Buffer.from(key).toString('hex'),
  'in base64': (key) => Buffer.from(key).toString('base64'),
  'in base64 after one byte': (key) => Buffer.from(`:${key}`).toString('base64'),
  'in base64url after a user': (key) => Buffer.from(`ab${key}!`).toString('base64url'),
}

/** The longest part of `spelling` that stands in `text`, capitals or not; 6 is where it matters. */
function holdsPart(text: string, spelling: string): boolean {
  const [where, what] = [text.toLowerCase(), spelling.toLowerCase()]
  for (let at = 0; at + 6 <= what.length; at += 1) if (where.includes(what.slice(at, at + 6))) return true
  return false
}

describe('words without a secret', () => {
  it.each(Object.entries(spellings))('hold no six characters of a key %s', (_name, spell) => {
    fc.assert(
      fc.property(anyKey, fc.string(), fc.string(), (key, before, after) => {
        // What stands around it is nobody's secret, unless it happens to say a part of it.
        fc.pre(!holdsPart(before, key) && !holdsPart(after, key) && !holdsPart(spell('~'), key))
        const said = withoutSecret(`${before} ${spell(key)} ${after}`, Buffer.from(key))
        expect(holdsPart(said, key)).toBe(false)
      }),
    )
  })

  it.each(['base64', 'base64url', 'hex'] as const)('hold no six characters of the key in %s', (encoding) => {
    fc.assert(
      fc.property(anyKey, (key) => {
        const spelled = Buffer.from(key).toString(encoding)
        expect(withoutSecret(`key ${spelled}!`, Buffer.from(key))).toBe('key [secret]')
      }),
    )
  })

  const scattered = 'Qx7-Vm3Kz9Lp2Tn5Rw8Y'
  const hexOf = (character: string) => character.charCodeAt(0).toString(16)
  const each = (spell: (character: string) => string) => [...scattered].map(spell).join('')
  it.each([
    ['by its numbers in JSON', each((one) => `\\u00${hexOf(one)}`)],
    ['by its numbers in JavaScript', each((one) => `\\x${hexOf(one)}`)],
    ['by its numbers in braces', each((one) => `\\u{${hexOf(one)}}`)],
    ['by its numbers in octal', each((one) => `\\${one.charCodeAt(0).toString(8).padStart(3, '0')}`)],
    ['by its numbers in HTML', each((one) => `&#${one.charCodeAt(0)};`)],
    ['by its numbers in HTML, hexadecimal', each((one) => `&#x${hexOf(one)};`)],
    ['with every character percent-encoded', each((one) => `%${hexOf(one)}`)],
    ['percent-encoded twice', each((one) => `%25${hexOf(one)}`)],
    ['in UTF-16 that was read as UTF-8', each((one) => `${one} `)],
    ['with joiners of no width', each((one) => `${one}\u200b`)],
    ['in full-width forms', each((one) => String.fromCharCode(one.charCodeAt(0) + 0xfe_e0))],
    ['in groups of four', scattered.replaceAll(/.{4}/g, '$&-')],
    ['in groups of five', scattered.replaceAll(/.{5}/g, '$& ')],
    ['as octets', [...scattered].map(hexOf).join(':')],
    ['as a list of characters', JSON.stringify([...scattered])],
    ['as a list of bytes', JSON.stringify([...Buffer.from(scattered)])],
    ['in lines of base64', Buffer.from(scattered).toString('base64').replaceAll(/.{4}/g, '$& ')],
  ])('hold no key %s', (_name, spelled) => {
    const said = withoutSecret(`{"message":"no such key: ${spelled} in this project"}`, Buffer.from(scattered))
    expect(said.replaceAll(/\[secret\]/g, '').replaceAll(/[^\p{L}\p{N}]/gu, '')).toMatch(
      /^messagenosuchkey.{0,4}inthisproject$/,
    )
  })

  it('hold no part of it that somebody cut out', () => {
    fc.assert(
      fc.property(anyKey, fc.nat(), fc.nat(), (key, from, length) => {
        const start = from % (key.length - 5)
        const part = key.slice(start, start + 6 + (length % 50))
        expect(holdsPart(withoutSecret(`the key ${part}... is not known`, Buffer.from(key)), key)).toBe(false)
      }),
    )
  })

  it('are left alone where they hold none', () => {
    const words = 'Rate limit reached for gpt-4o-mini in organisation: 3 requests a minute (see {"docs": ["x"]})'
    expect(withoutSecret(words, Buffer.from('dg-7a31b90cc4e2'))).toBe(words)
    expect(withoutSecret(words, Buffer.alloc(0))).toBe(words)
  })

  it('keep the sentence around it', () => {
    const key = 'dg-7a31b90cc4e2'
    expect(withoutSecret(`{"err_msg":"Invalid credentials: Token ${key}","code":1}`, Buffer.from(key))).toBe(
      '{"err_msg":"Invalid credentials: Token [secret],"code":1}',
    )
  })
})
