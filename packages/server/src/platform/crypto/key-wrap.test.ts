import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { unwrapKey, wrapKey } from './key-wrap.ts'
import { withFlippedBit } from './test-harness/key-fixtures.ts'

const wrapping = Buffer.alloc(32, 5)
const key = randomBytes(32)
const wrapped = wrapKey(wrapping, key)

/**
 * RFC 5649 section 4.1 written out over single AES blocks, as a second opinion: the known answers of the RFC are for
 * 192-bit keys only, which ours refuses. It is held to those answers, and ours to it.
 */
function referenceWrap(kek: Buffer, plain: Buffer): Buffer {
  const block = (input: Buffer): Buffer => {
    const cipher = createCipheriv(`aes-${kek.length * 8}-ecb`, kek, null).setAutoPadding(false)
    return Buffer.concat([cipher.update(input), cipher.final()])
  }
  const length = Buffer.alloc(4)
  length.writeUInt32BE(plain.length)
  let check: Buffer = Buffer.concat([Buffer.from('a65959a6', 'hex'), length])
  const padded = Buffer.concat([plain, Buffer.alloc((8 - (plain.length % 8)) % 8)])
  if (padded.length === 8) return block(Buffer.concat([check, padded]))
  const parts: Buffer[] = Array.from({ length: padded.length / 8 }, (_, index) =>
    padded.subarray(index * 8, index * 8 + 8),
  )
  for (let step = 1; step <= 6 * parts.length; step += 1) {
    const index = (step - 1) % parts.length
    const out = block(Buffer.concat([check, parts[index] ?? Buffer.alloc(0)]))
    check = out.subarray(0, 8)
    check.writeUInt32BE((check.readUInt32BE(4) ^ step) >>> 0, 4)
    parts[index] = out.subarray(8)
  }
  return Buffer.concat([check, ...parts])
}

describe('AES key wrap with padding (RFC 5649)', () => {
  const rfcKek = Buffer.from('5840df6e29b02af1ab493b705bf16ea1ae8338f4dcc176a8', 'hex')

  it.each([
    ['c37b7e6492584340bed12207808941155068f738', '138bdeaa9b8fa7fc61f97742e72248ee5ae6ae5360d1ae6a5f54f373fa543b6a'],
    ['466f7250617369', 'afbeb0f07dfbf5419200f2ccb50bb24f'],
  ])('the known answer for %s holds for the reference and for the cipher that is used', (plain, answer) => {
    expect(referenceWrap(rfcKek, Buffer.from(plain, 'hex')).toString('hex')).toBe(answer)
    const decipher = createDecipheriv('id-aes192-wrap-pad', rfcKek, Buffer.from('a65959a6', 'hex'))
    expect(decipher.update(answer, 'hex', 'hex') + decipher.final('hex')).toBe(plain)
  })

  it('agrees with the reference for every 256-bit wrapping key and every length', () => {
    const kek = fc.uint8Array({ minLength: 32, maxLength: 32 })
    fc.assert(
      fc.property(kek, fc.uint8Array({ minLength: 1, maxLength: 80 }), (wrappingKey, plain) => {
        const one = wrapKey(wrappingKey, plain)
        expect(one.equals(referenceWrap(Buffer.from(wrappingKey), Buffer.from(plain)))).toBe(true)
        expect(unwrapKey(wrappingKey, one)?.equals(plain)).toBe(true)
      }),
    )
  })

  it('unwraps a data key of 32 bytes from 40', () => {
    expect(wrapped).toHaveLength(40)
    expect(unwrapKey(wrapping, wrapped)).toEqual(key)
  })

  it('refuses every flipped bit', () => {
    for (let bit = 0; bit < wrapped.length * 8; bit += 1) {
      expect(unwrapKey(wrapping, withFlippedBit(wrapped, bit)), `bit ${bit}`).toBeUndefined()
    }
  })

  it('refuses every truncation down to nothing: no bytes are not an empty key', () => {
    for (let length = 0; length < wrapped.length; length += 1) {
      expect(unwrapKey(wrapping, wrapped.subarray(0, length)), `${length} bytes`).toBeUndefined()
    }
    expect(unwrapKey(wrapping, Buffer.concat([wrapped, Buffer.alloc(8)]))).toBeUndefined()
  })

  it('refuses another wrapping key', () => {
    expect(unwrapKey(Buffer.alloc(32, 6), wrapped)).toBeUndefined()
  })

  it('refuses a key that was wrapped without padding (RFC 3394)', () => {
    const cipher = createCipheriv('id-aes256-wrap', wrapping, Buffer.alloc(8, 0xa6))
    expect(unwrapKey(wrapping, Buffer.concat([cipher.update(key), cipher.final()]))).toBeUndefined()
  })

  it('wraps nothing of no length, and takes wrapping keys of 256 bits only', () => {
    expect(() => wrapKey(wrapping, Buffer.alloc(0))).toThrow(RangeError)
    expect(() => wrapKey(rfcKek, key)).toThrow(/key length/)
    expect(() => unwrapKey(rfcKek, wrapped)).toThrow(/key length/)
  })
})
