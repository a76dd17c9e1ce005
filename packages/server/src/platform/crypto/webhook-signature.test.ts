import { createPublicKey, verify } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Secret } from './secret.ts'
import {
  ed25519PublicKey,
  newEd25519Secret,
  newHmacSecret,
  renderHmacSecret,
  signWebhook,
} from './webhook-signature.ts'

const base64 = (text: string) => new Secret(Buffer.from(text, 'base64'))
const body = Buffer.from('{"test": 2432232314}')
const known = { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', timestampSeconds: 1614265330, body }
const knownSecret = base64('MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw')
/** A key pair that a sender of Standard Webhooks published for tests: seed and public half, one after the other. */
const publishedPair = Buffer.from(
  '6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg==',
  'base64',
)

/** The check of RFC 8032 by the platform, with the key as a receiver has it. */
function isSigned(publicKey: string, signature: string, content: Buffer): boolean {
  const raw = Buffer.from(publicKey.slice('whpk_'.length), 'base64')
  const spki = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), raw])
  const key = createPublicKey({ key: spki, format: 'der', type: 'spki' })
  return verify(null, content, key, Buffer.from(signature.slice('v1a,'.length), 'base64'))
}

describe('the signature of a webhook', () => {
  it('is the one of the specification for its known answer', () => {
    const signature = 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE='
    expect(signWebhook({ ...known, hmac: [knownSecret], ed25519: [] })).toBe(signature)
  })

  it('is checked with the public key for v1a, and the same key signs the same bytes alike', () => {
    const { secret, publicKey } = newEd25519Secret()
    const signature = signWebhook({ ...known, hmac: [], ed25519: [secret] })
    expect(signature).toMatch(/^v1a,[A-Za-z0-9+/]{86}==$/)
    expect(signWebhook({ ...known, hmac: [], ed25519: [secret] })).toBe(signature)
    const content = Buffer.concat([Buffer.from(`${known.id}.${known.timestampSeconds}.`), body])
    expect(isSigned(publicKey, signature, content)).toBe(true)
    expect(isSigned(newEd25519Secret().publicKey, signature, content)).toBe(false)
    expect(isSigned(publicKey, signature, Buffer.concat([content, Buffer.from(' ')]))).toBe(false)
  })

  it('has one part for each secret, v1 before v1a, in the order given', () => {
    const [one, two, pair] = [newHmacSecret(), newHmacSecret(), newEd25519Secret()]
    const parts = signWebhook({ ...known, hmac: [one, two], ed25519: [pair.secret] }).split(' ')
    expect(parts).toEqual([
      signWebhook({ ...known, hmac: [one], ed25519: [] }),
      signWebhook({ ...known, hmac: [two], ed25519: [] }),
      signWebhook({ ...known, hmac: [], ed25519: [pair.secret] }),
    ])
  })

  it('covers id, time and every byte of the body, valid UTF-8 or not', () => {
    const secret = newHmacSecret()
    const sign = (id: string, timestampSeconds: number, bytes: Uint8Array) =>
      signWebhook({ id, timestampSeconds, body: Buffer.from(bytes), hmac: [secret], ed25519: [] })
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1 }), fc.nat(), fc.nat({ max: 255 }), (bytes, at, other) => {
        const changed = Uint8Array.from(bytes)
        const index = at % bytes.length
        changed[index] = other
        const isSame = bytes[index] === other
        expect(sign('evt_1', at, changed) === sign('evt_1', at, bytes)).toBe(isSame)
        expect(sign('evt_2', at, bytes)).not.toBe(sign('evt_1', at, bytes))
        expect(sign('evt_1', at + 1, bytes)).not.toBe(sign('evt_1', at, bytes))
      }),
    )
  })

  it.each([
    ['an id with a dot', { id: 'evt.1' }],
    ['an empty id', { id: '' }],
    ['an id over two lines', { id: 'evt_1\nwebhook-id: evt_2' }],
    ['half a second', { timestampSeconds: 1.5 }],
    ['a time before 1970', { timestampSeconds: -1 }],
    ['no time', { timestampSeconds: Number.NaN }],
    ['no secret at all', { hmac: [] }],
    ['a secret of 23 bytes', { hmac: [new Secret(Buffer.alloc(23, 1))] }],
    ['a secret of 65 bytes', { hmac: [new Secret(Buffer.alloc(65, 1))] }],
    ['a seed of 31 bytes', { ed25519: [new Secret(Buffer.alloc(31, 1))] }],
    ['seed and public half as one', { ed25519: [new Secret(publishedPair)] }],
  ])('is not made for %s', (_, change) => {
    expect(() => signWebhook({ ...known, hmac: [knownSecret], ed25519: [], ...change })).toThrow(RangeError)
  })

  it('is not made with a secret that was wiped', () => {
    const secret = newHmacSecret()
    secret.destroy()
    expect(() => signWebhook({ ...known, hmac: [secret], ed25519: [] })).toThrow(RangeError)
  })
})

describe('the keys of a webhook', () => {
  it('are 32 random bytes, shown as whsec_ and base64, and what was lent by the source is wiped', () => {
    const source = Buffer.alloc(32, 7)
    expect(renderHmacSecret(newHmacSecret(() => source))).toBe(`whsec_${Buffer.alloc(32, 7).toString('base64')}`)
    expect(source).toEqual(Buffer.alloc(32))
    expect(renderHmacSecret(newHmacSecret())).not.toBe(renderHmacSecret(newHmacSecret()))
    expect(renderHmacSecret(newHmacSecret())).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/)
  })

  it('are for v1a a seed and the public key that belongs to it, as others write them', () => {
    const { secret, publicKey } = newEd25519Secret()
    expect(publicKey).toMatch(/^whpk_[A-Za-z0-9+/]{43}=$/)
    expect(ed25519PublicKey(secret)).toBe(publicKey)
    expect(newEd25519Secret().publicKey).not.toBe(publicKey)
    const seed = new Secret(publishedPair.subarray(0, 32))
    expect(ed25519PublicKey(seed)).toBe(`whpk_${publishedPair.subarray(32).toString('base64')}`)
  })

  it('belong together as those of RFC 8032 section 7.1 do', () => {
    const seed = new Secret(Buffer.from('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60', 'hex'))
    const half = Buffer.from('d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a', 'hex')
    expect(ed25519PublicKey(seed)).toBe(`whpk_${half.toString('base64')}`)
  })
})
