import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { equalHashes, keyedHash, keyedHashOfProcess } from './keyed-hash.ts'
import { Secret } from './secret.ts'
import { secretOf, withFlippedBit } from './test-harness/key-fixtures.ts'

describe('a keyed hash', () => {
  it('gives the known answer of RFC 4231, test case 2', () => {
    const key = new Secret(Buffer.from('Jefe'))
    expect(keyedHash(key, 'what do ya want for nothing?').toString('hex')).toBe(
      '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
    )
  })

  it('hashes a text as its UTF-8 bytes', () => {
    expect(keyedHash(secretOf(1), 'Größe')).toEqual(keyedHash(secretOf(1), Buffer.from('Größe', 'utf8')))
  })

  it('is not made with a key that was destroyed', () => {
    const key = secretOf(1)
    key.destroy()
    expect(() => keyedHash(key, 'x')).toThrow(RangeError)
  })

  it('is the same with a key that is kept prepared, as long as that key lives', () => {
    const key = secretOf(1)
    fc.assert(fc.property(fc.string(), (text) => equalHashes(keyedHashOfProcess(key, text), keyedHash(key, text))))
    expect(keyedHashOfProcess(secretOf(2), 'x')).not.toEqual(keyedHashOfProcess(key, 'x'))
    key.destroy()
    expect(() => keyedHashOfProcess(key, 'x')).toThrow(RangeError)
  })

  it('equals itself and nothing else: not another bit, another length, or nothing', () => {
    const hash = keyedHash(secretOf(1), 'x')
    expect(equalHashes(hash, Buffer.from(hash))).toBe(true)
    for (let bit = 0; bit < 256; bit += 1) expect(equalHashes(hash, withFlippedBit(hash, bit))).toBe(false)
    expect(equalHashes(hash, hash.subarray(0, 31))).toBe(false)
    expect(equalHashes(hash, Buffer.alloc(0))).toBe(false)
  })

  it('differs for different texts and for different keys', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (one, other) => {
        expect(equalHashes(keyedHash(secretOf(1), one), keyedHash(secretOf(2), one))).toBe(false)
        fc.pre(!Buffer.from(one).equals(Buffer.from(other)))
        expect(equalHashes(keyedHash(secretOf(1), one), keyedHash(secretOf(1), other))).toBe(false)
      }),
    )
  })
})
