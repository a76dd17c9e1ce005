import { credentialKinds } from '@hyponema/contract'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type CredentialPlace, createCredentialSealer } from './credential-sealer.ts'
import { sealEnvelope } from './envelope.ts'
import { asKeyService } from './key-service.ts'
import { keyringKeyService } from './keyring-key-service.ts'
import { systemRandomBytes } from './random-bytes.ts'
import { Secret } from './secret.ts'
import {
  bytesOf,
  refusalOfAsync,
  secretOf,
  testKeyring,
  testUuid,
  withFlippedBit,
} from './test-harness/key-fixtures.ts'

const keys = asKeyService(keyringKeyService(testKeyring(), 'credentials'))
const sealer = createCredentialSealer(keys)
const place: CredentialPlace = { workspaceId: testUuid(1), credentialId: testUuid(2), version: 1, kind: 'model' }
const providerKey = 'sk-live-0123456789'
const sealed = await sealer.seal(place, new Secret(Buffer.from(providerKey)))
const unreadable = 'credential.sealed_unreadable'

describe('a sealed credential', () => {
  it('opens at its own place', async () => {
    expect(bytesOf(await sealer.open(place, sealed)).toString()).toBe(providerKey)
  })

  it('names the key-encryption key beside the wrap and holds nothing readable', async () => {
    expect(sealed.kekId).toBe('credentials-1')
    expect(sealed.sealed.includes(providerKey)).toBe(false)
    expect(sealed.wrappedKey.includes(providerKey)).toBe(false)
  })

  it.each<[string, Partial<CredentialPlace>]>([
    ['row', { credentialId: testUuid(3) }],
    ['workspace', { workspaceId: testUuid(4) }],
    ['version', { version: 2 }],
    ...credentialKinds
      .filter((kind) => kind !== place.kind)
      .map((kind): [string, Partial<CredentialPlace>] => [`kind (${kind})`, { kind }]),
    ['row and workspace at once', { credentialId: place.workspaceId, workspaceId: place.credentialId }],
  ])('does not open after a move to another %s', async (_name, change) => {
    expect(await refusalOfAsync(sealer.open({ ...place, ...change }, sealed))).toBe(unreadable)
  })

  it('does not open with the payload of one version and the key of another, either way', async () => {
    const second = await sealer.seal({ ...place, version: 2 }, new Secret(Buffer.from('other')))
    expect(await refusalOfAsync(sealer.open(place, { ...sealed, sealed: second.sealed }))).toBe(unreadable)
    expect(await refusalOfAsync(sealer.open(place, { ...sealed, wrappedKey: second.wrappedKey }))).toBe(unreadable)
  })

  it('does not open with any bit of payload or wrapped key flipped', async () => {
    for (let bit = 0; bit < sealed.sealed.length * 8; bit += 1) {
      const changed = { ...sealed, sealed: withFlippedBit(sealed.sealed, bit) }
      expect(await refusalOfAsync(sealer.open(place, changed))).toBe(unreadable)
    }
    for (let bit = 0; bit < sealed.wrappedKey.length * 8; bit += 1) {
      const changed = { ...sealed, wrappedKey: withFlippedBit(sealed.wrappedKey, bit) }
      expect(await refusalOfAsync(sealer.open(place, changed))).toBe(unreadable)
    }
  })

  it('does not open when payload or wrapped key are gone, nor with a forged payload under an empty data key', async () => {
    expect(await refusalOfAsync(sealer.open(place, { ...sealed, sealed: Buffer.alloc(0) }))).toBe(unreadable)
    expect(await refusalOfAsync(sealer.open(place, { ...sealed, wrappedKey: Buffer.alloc(0) }))).toBe(unreadable)
  })

  it('says which key is missing when its key-encryption key is not there', async () => {
    await expect(sealer.open(place, { ...sealed, kekId: 'credentials-7' })).rejects.toThrow(/credentials-7/)
    expect(await refusalOfAsync(sealer.open(place, { ...sealed, kekId: 'credentials-7' }))).toBe('keyring.key_missing')
  })

  it('does not open with the same ids in another keyring, nor with the key of another purpose', async () => {
    const elsewhere = createCredentialSealer(asKeyService(keyringKeyService(testKeyring({ seed: 2 }), 'credentials')))
    expect(await refusalOfAsync(elsewhere.open(place, sealed))).toBe(unreadable)
    // The types refuse the key service of another purpose, and so does the sealer; this is one that lies about it.
    const untyped = (keys: unknown): unknown => Reflect.apply(createCredentialSealer, undefined, [keys])
    expect(() => untyped(keyringKeyService(testKeyring(), 'epoch'))).toThrow(TypeError)
    const ofPersons = createCredentialSealer({
      ...asKeyService(keyringKeyService(testKeyring(), 'epoch')),
      purpose: 'credentials',
    })
    expect(await refusalOfAsync(ofPersons.open(place, sealed))).toBe('keyring.key_missing')
    expect(await refusalOfAsync(ofPersons.open(place, { ...sealed, kekId: 'epoch-1' }))).toBe(unreadable)
  })

  it('has a data key of its own, even for the same secret at the same place', async () => {
    const again = await sealer.seal(place, new Secret(Buffer.from(providerKey)))
    expect(again.wrappedKey.equals(sealed.wrappedKey)).toBe(false)
    expect(again.sealed.equals(sealed.sealed)).toBe(false)
  })

  it('opens after a rewrap with the payload untouched', async () => {
    const wrapped = { keyId: sealed.kekId, bytes: sealed.wrappedKey }
    const context = ['credential', place.workspaceId, place.credentialId, String(place.version)]
    const { keyId, bytes } = await keys.rewrap(wrapped, context)
    expect(bytesOf(await sealer.open(place, { ...sealed, kekId: keyId, wrappedKey: bytes })).toString()).toBe(
      providerKey,
    )
  })

  it('wipes the data key it made and keeps the secret it was given', async () => {
    const made: Buffer[] = []
    const watched = createCredentialSealer(keys, (length) => {
      const bytes = systemRandomBytes(length)
      made.push(bytes)
      return bytes
    })
    const secret = secretOf(3)
    await watched.seal(place, secret)
    expect(made[0]?.equals(Buffer.alloc(32))).toBe(true)
    expect(secret.isDestroyed).toBe(false)
  })

  it('cannot be forged by who knows the place but not the key', async () => {
    const context = {
      purpose: 'credential',
      parts: [place.workspaceId, place.credentialId, String(place.version), place.kind],
    }
    const forged = sealEnvelope({ dataKey: Buffer.alloc(32), plain: Buffer.from('mine'), context })
    expect(await refusalOfAsync(sealer.open(place, { ...sealed, sealed: forged }))).toBe(unreadable)
  })

  it('opens as what it was at every place, and at no other', async () => {
    const anyPlace = fc.record({
      workspaceId: fc.nat().map(testUuid),
      credentialId: fc.nat().map(testUuid),
      version: fc.integer({ min: 1, max: 1000 }),
      kind: fc.constantFrom(...credentialKinds),
    })
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 100 }), anyPlace, anyPlace, async (bytes, own, other) => {
        const one = await sealer.seal(own, new Secret(bytes))
        expect(bytesOf(await sealer.open(own, one)).equals(bytes)).toBe(true)
        fc.pre(JSON.stringify(own) !== JSON.stringify(other))
        expect(await refusalOfAsync(sealer.open(other, one))).toBe(unreadable)
      }),
    )
  })
})
