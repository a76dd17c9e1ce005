import { crc32 } from 'node:zlib'
import { parseUuid } from '@hyponema/contract'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { testUuid } from '../platform/crypto/test-harness/key-fixtures.ts'
import { type ApiKeyClaim, makeApiKey, parseApiKey } from './api-key-text.ts'

const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const claim: ApiKeyClaim = { mode: 'live', workspaceId: testUuid(1), keyId: testUuid(2) }
const key = makeApiKey(claim, Buffer.alloc(32, 7))

/** The checksum written out again, so that a forged text fails for its own fault and not for the sum. */
function withChecksum(body: string): string {
  let value = crc32(body)
  let sum = ''
  for (let index = 0; index < 6; index += 1) {
    sum = `${digits[value % 62] ?? ''}${sum}`
    value = Math.floor(value / 62)
  }
  return `${body}_${sum}`
}

const [, mode = '', ids = '', secret = ''] = key.split('_')

describe('the text of an API key', () => {
  it('names its mode, workspace and key, and reads back', () => {
    expect(key).toMatch(/^hyp_live_[0-9A-Za-z]{44}_[0-9A-Za-z]{43}_[0-9A-Za-z]{6}$/)
    expect(parseApiKey(key)).toEqual(claim)
    expect(withChecksum(key.slice(0, -7))).toBe(key)
  })

  it('is written in base62 with digits first, then capitals, and padded to its width', () => {
    const zero = parseUuid('00000000-0000-0000-0000-00000000003d')
    const top = parseUuid('ffffffff-ffff-ffff-ffff-ffffffffffff')
    if (zero === undefined || top === undefined) throw new Error('no UUID')
    const text = makeApiKey({ mode: 'test', workspaceId: zero, keyId: top }, Buffer.alloc(32))
    expect(text.slice(9, 31)).toBe(`${'0'.repeat(21)}z`)
    expect(text.slice(31, 53)).toBe('7n42DGM5Tflk9n8mt7Fhc7')
    expect(text.slice(54, 97)).toBe('0'.repeat(43))
    expect(parseApiKey(text)?.keyId).toBe(top)
  })

  it.each([0, 16, 31, 33, 64])('is not made of a secret of %i bytes', (length) => {
    expect(() => makeApiKey(claim, Buffer.alloc(length, 1))).toThrow(RangeError)
  })

  it.each([
    ['nothing', ''],
    ['a prefix', 'hyp_'],
    ['another prefix', withChecksum(`hyb_${mode}_${ids}_${secret}`)],
    ['a prefix in capitals', withChecksum(`HYP_${mode}_${ids}_${secret}`)],
    ['another mode', withChecksum(`hyp_prod_${ids}_${secret}`)],
    ['a mode in capitals', withChecksum(`hyp_LIVE_${ids}_${secret}`)],
    ['no mode', withChecksum(`hyp__${ids}_${secret}`)],
    ['ids that are short', withChecksum(`hyp_${mode}_${ids.slice(1)}_${secret}`)],
    ['ids that are long', withChecksum(`hyp_${mode}_0${ids}_${secret}`)],
    ['a secret that is short', withChecksum(`hyp_${mode}_${ids}_${secret.slice(1)}`)],
    ['a secret that is long', withChecksum(`hyp_${mode}_${ids}_0${secret}`)],
    ['no secret', withChecksum(`hyp_${mode}_${ids}_`)],
    ['base64url', withChecksum(`hyp_${mode}_${ids}_-${secret.slice(1)}`)],
    ['another separator', key.replaceAll('_', '-')],
    ['a letter outside ASCII', withChecksum(`hyp_${mode}_${ids}_é${secret.slice(1)}`)],
    ['a full-width digit', withChecksum(`hyp_${mode}_${ids}_\uff11${secret.slice(1)}`)],
    ['a space before', ` ${key}`],
    ['a space behind', `${key} `],
    ['a line end behind', `${key}\n`],
    ['a NUL behind', `${key}\u0000`],
    ['the key twice', `${key}${key}`],
    ['a checksum that is short', key.slice(0, -1)],
    ['a checksum that is long', `${key}0`],
    ['no checksum', key.slice(0, -7)],
    ['10 kB', 'a'.repeat(10_000)],
    ['the modes exchanged under the old checksum', key.replace('live', 'test')],
  ])('is refused with %s', (_name, text) => {
    expect(parseApiKey(text)).toBeUndefined()
  })

  it.each([
    ['workspace', `hyp_${mode}_${'z'.repeat(22)}${ids.slice(22)}_${secret}`],
    ['workspace, by one', `hyp_${mode}_7n42DGM5Tflk9n8mt7Fhc8${ids.slice(22)}_${secret}`],
    ['key', `hyp_${mode}_${ids.slice(0, 22)}${'z'.repeat(22)}_${secret}`],
    ['secret', `hyp_${mode}_${ids}_${'z'.repeat(43)}`],
  ])('is refused when its %s needs more bits than it may have, so that nothing has two spellings', (_name, body) => {
    expect(parseApiKey(withChecksum(body))).toBeUndefined()
  })

  it('is refused when any one character is another', () => {
    for (let at = 0; at < key.length; at += 1) {
      for (const digit of [...digits, '_']) {
        if (key[at] === digit) continue
        expect(parseApiKey(`${key.slice(0, at)}${digit}${key.slice(at + 1)}`), `${at} as ${digit}`).toBeUndefined()
      }
    }
  })

  it('is refused when two neighbours are exchanged', () => {
    for (let at = 0; at + 1 < key.length; at += 1) {
      const swapped = `${key.slice(0, at)}${key[at + 1] ?? ''}${key[at] ?? ''}${key.slice(at + 2)}`
      if (swapped !== key) expect(parseApiKey(swapped), `at ${at}`).toBeUndefined()
    }
  })

  it('reads back as what was written, for all ids, modes and secrets', () => {
    const uuid = fc.uuid().map((text) => parseUuid(text) ?? testUuid(0))
    const anyClaim = fc.record(
      { mode: fc.constantFrom('live' as const, 'test' as const), workspaceId: uuid, keyId: uuid },
      { noNullPrototype: true },
    )
    fc.assert(
      fc.property(anyClaim, fc.uint8Array({ minLength: 32, maxLength: 32 }), (one, bytes) => {
        expect(parseApiKey(makeApiKey(one, bytes))).toEqual(one)
      }),
    )
  })

  it('is of no arbitrary text', () => {
    const near = fc.stringMatching(/^hyp_(live|test)_[0-9A-Za-z]{44}_[0-9A-Za-z]{43}_[0-9A-Za-z]{6}$/)
    fc.assert(
      fc.property(fc.oneof(fc.string(), near), (text) => {
        expect(parseApiKey(text)).toBeUndefined()
      }),
    )
  })
})
