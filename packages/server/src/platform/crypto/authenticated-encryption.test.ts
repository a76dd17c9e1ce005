import { createCipheriv, randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decrypt, encrypt, nonceBytes, tagBytes } from './authenticated-encryption.ts'
import { withFlippedBit } from './test-harness/key-fixtures.ts'

const key = Buffer.alloc(32, 1)
const nonce = Buffer.alloc(nonceBytes, 2)
const plain = Buffer.from('words')
const associated = Buffer.from('place')
const sealed = encrypt({ key, nonce, plain, associated })

describe('authenticated encryption', () => {
  it('opens what it sealed, and the sealed form is the plain text longer by the tag', () => {
    expect(decrypt({ key, nonce, sealed, associated })).toEqual(plain)
    expect(sealed).toHaveLength(plain.length + tagBytes)
  })

  it.each([4, 8, 12, 13, 14, 15])('refuses a tag of %i bytes, correct as far as it goes', (authTagLength) => {
    const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength })
    cipher.setAAD(associated)
    const short = Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()])
    expect(short).toHaveLength(plain.length + authTagLength)
    expect(decrypt({ key, nonce, sealed: short, associated })).toBeUndefined()
    const cut = short.subarray(plain.length)
    expect(decrypt({ key, nonce, sealed: cut, associated })).toBeUndefined()
  })

  it('refuses every flipped bit', () => {
    for (let bit = 0; bit < sealed.length * 8; bit += 1) {
      expect(decrypt({ key, nonce, sealed: withFlippedBit(sealed, bit), associated })).toBeUndefined()
    }
  })

  it('refuses every truncation, from nothing at all', () => {
    for (let length = 0; length < sealed.length; length += 1) {
      expect(decrypt({ key, nonce, sealed: sealed.subarray(0, length), associated })).toBeUndefined()
    }
  })

  it.each([
    ['another key', { key: Buffer.alloc(32, 9) }],
    ['another nonce', { nonce: Buffer.alloc(nonceBytes, 9) }],
    ['a nonce of 8 bytes', { nonce: Buffer.alloc(8, 2) }],
    ['a nonce of 16 bytes', { nonce: Buffer.alloc(16, 2) }],
    ['no nonce', { nonce: Buffer.alloc(0) }],
    ['another place', { associated: Buffer.from('elsewhere') }],
    ['no place', { associated: Buffer.alloc(0) }],
  ])('refuses %s', (_name, change) => {
    expect(decrypt({ key, nonce, sealed, associated, ...change })).toBeUndefined()
  })

  it.each([0, 8, 11, 13, 16])('does not seal with a nonce of %i bytes', (length) => {
    expect(() => encrypt({ key, nonce: Buffer.alloc(length), plain, associated })).toThrow(RangeError)
  })

  it.each([0, 16, 24, 31, 33])('takes no key of %i bytes', (length) => {
    expect(() => encrypt({ key: Buffer.alloc(length), nonce, plain, associated })).toThrow(/key length/)
    expect(() => decrypt({ key: Buffer.alloc(length), nonce, sealed, associated })).toThrow(/key length/)
  })

  it('opens every plain text that it seals, and nothing under other associated data', () => {
    const bytes = fc.uint8Array({ maxLength: 300 })
    fc.assert(
      fc.property(bytes, bytes, bytes, (text, place, other) => {
        const fresh = randomBytes(nonceBytes)
        const one = encrypt({ key, nonce: fresh, plain: text, associated: place })
        expect(decrypt({ key, nonce: fresh, sealed: one, associated: place })?.equals(text)).toBe(true)
        fc.pre(!Buffer.from(place).equals(other))
        expect(decrypt({ key, nonce: fresh, sealed: one, associated: other })).toBeUndefined()
      }),
    )
  })
})
