import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encrypt } from './authenticated-encryption.ts'
import { type EnvelopeContext, openEnvelope, sealEnvelope } from './envelope.ts'
import { hkdf } from './hkdf.ts'
import { lengthPrefixed } from './length-prefixed.ts'
import { withFlippedBit } from './test-harness/key-fixtures.ts'

const dataKey = Buffer.alloc(32, 7)
const plain = Buffer.from('what was said')
const context: EnvelopeContext = { purpose: 'user_content', parts: ['workspace', 'user', 'turns'] }
const sealed = sealEnvelope({ dataKey, plain, context })
const open = (changes: Partial<Parameters<typeof openEnvelope>[0]> = {}) =>
  openEnvelope({ dataKey, sealed, context, ...changes })

describe('an envelope', () => {
  it('opens where it was sealed', () => {
    expect(open()).toEqual(plain)
  })

  it('is version 1, suite 1, salt, commitment, nonce, ciphertext and tag', () => {
    expect([...sealed.subarray(0, 2)]).toEqual([1, 1])
    expect(sealed).toHaveLength(2 + 32 + 32 + 12 + plain.length + 16)
  })

  it('refuses every flipped bit, header, salt, commitment, nonce, ciphertext and tag alike', () => {
    for (let bit = 0; bit < sealed.length * 8; bit += 1) {
      expect(open({ sealed: withFlippedBit(sealed, bit) }), `bit ${bit}`).toBeUndefined()
    }
  })

  it('refuses every truncation and every extension', () => {
    for (let length = 0; length < sealed.length; length += 1) {
      expect(open({ sealed: sealed.subarray(0, length) }), `${length} bytes`).toBeUndefined()
    }
    expect(open({ sealed: Buffer.concat([sealed, Buffer.alloc(1)]) })).toBeUndefined()
    expect(open({ sealed: Buffer.concat([sealed, sealed]) })).toBeUndefined()
  })

  it.each([0, 2, 255])('refuses version %i and suite %i', (number) => {
    const version = Buffer.from(sealed)
    version[0] = number
    const suite = Buffer.from(sealed)
    suite[1] = number
    expect(open({ sealed: version })).toBeUndefined()
    expect(open({ sealed: suite })).toBeUndefined()
  })

  it.each<[string, EnvelopeContext]>([
    ['another purpose', { ...context, purpose: 'credential' }],
    ['another part', { ...context, parts: ['workspace', 'user', 'sessions'] }],
    ['parts in another order', { ...context, parts: ['user', 'workspace', 'turns'] }],
    ['one part less', { ...context, parts: ['workspace', 'user'] }],
    ['one part more', { ...context, parts: [...context.parts, ''] }],
    ['parts that join to the same text', { ...context, parts: ['workspaceuser', '', 'turns'] }],
    ['no parts', { ...context, parts: [] }],
  ])('refuses %s', (_name, moved) => {
    expect(open({ context: moved })).toBeUndefined()
  })

  it('refuses another data key', () => {
    expect(open({ dataKey: Buffer.alloc(32, 8) })).toBeUndefined()
  })

  /** A payload as the format says, written without our sealer, so that each part can be wrong on its own. */
  const forge = (changes: { key?: Buffer; commitment?: Buffer } = {}): Buffer => {
    const salt = Buffer.alloc(32, 3)
    const nonce = Buffer.alloc(12, 4)
    const info = lengthPrefixed(['hyponema', '1', context.purpose])
    const derived = hkdf({ key: changes.key ?? dataKey, salt, info, length: 64 })
    const associated = lengthPrefixed(['1', '1', context.purpose, ...context.parts])
    const payload = encrypt({ key: derived.subarray(0, 32), nonce, plain, associated })
    return Buffer.concat([Buffer.of(1, 1), salt, changes.commitment ?? derived.subarray(32), nonce, payload])
  }

  it('checks the commitment: a payload that is right in all else does not open without it', () => {
    expect(open({ sealed: forge() })).toEqual(plain)
    expect(open({ sealed: forge({ commitment: Buffer.alloc(32) }) })).toBeUndefined()
    expect(open({ sealed: forge({ commitment: forge().subarray(2, 34) }) })).toBeUndefined()
  })

  it.each([0, 1, 16, 31, 33, 64])(
    'neither seals nor opens with a data key of %i bytes, not even what fits it',
    (length) => {
      const key = Buffer.alloc(length, 7)
      expect(() => sealEnvelope({ dataKey: key, plain, context })).toThrow(RangeError)
      expect(open({ dataKey: key, sealed: forge({ key }) })).toBeUndefined()
    },
  )

  it('never gives the same bytes twice', () => {
    const again = sealEnvelope({ dataKey, plain, context })
    expect(again.subarray(2, 34).equals(sealed.subarray(2, 34))).toBe(false)
    expect(again.subarray(66, 78).equals(sealed.subarray(66, 78))).toBe(false)
    expect(again.subarray(78).equals(sealed.subarray(78))).toBe(false)
  })

  it('opens every text in its own context and in no other', () => {
    const parts = fc.array(fc.string({ unit: 'grapheme', maxLength: 12 }), { maxLength: 4 })
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), parts, parts, (text, here, there) => {
        const one = sealEnvelope({ dataKey, plain: text, context: { ...context, parts: here } })
        expect(open({ sealed: one, context: { ...context, parts: here } })?.equals(text)).toBe(true)
        fc.pre(JSON.stringify(here) !== JSON.stringify(there))
        expect(open({ sealed: one, context: { ...context, parts: there } })).toBeUndefined()
      }),
    )
  })
})
