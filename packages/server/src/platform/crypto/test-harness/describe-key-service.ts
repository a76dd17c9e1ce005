/**
 * What every implementation of the key service port keeps, whatever holds its keys: the keyring file, AWS KMS, Vault. Each
 * passes the same rules; see the test of the one you add for how a stage is made.
 */
import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { KeyService, WrapContext } from '../key-service.ts'
import { randomSecret } from '../random-secret.ts'
import { Secret } from '../secret.ts'
import { bytesOf, refusalOfAsync, withFlippedBit } from './key-fixtures.ts'

/** One store of keys with two purposes, that a test can rotate and retire. */
export type KeyServiceStage = {
  /** The services as a process that starts now sees them. */
  readonly open: () => Promise<{
    readonly credentials: KeyService<'credentials'>
    readonly epoch: KeyService<'epoch'>
  }>
  /** A new active key of the purpose; the ones before go on opening. */
  readonly rotate: (purpose: 'credentials' | 'epoch') => Promise<void>
  /** Removes a key for good. */
  readonly retire: (keyId: string) => Promise<void>
  readonly close: () => Promise<void>
}

const here: WrapContext = ['credential', 'workspace', 'row', '1']

export function describeKeyService(name: string, makeStage: () => Promise<KeyServiceStage>): void {
  // A service over the network is asked a thousand times by the rule of damaged keys.
  describe(`the key service ${name}`, { timeout: 120_000 }, () => {
    let stage: KeyServiceStage
    beforeEach(async () => {
      stage = await makeStage()
    })
    afterEach(() => stage.close())
    bindingRules(() => stage)
    rotationRules(() => stage)
  })
}

function bindingRules(stage: () => KeyServiceStage): void {
  it('unwraps what it wrapped, also after a restart, and the wrapped form does not hold the key', async () => {
    const key = randomSecret()
    const { credentials } = await stage().open()
    const wrapped = await credentials.wrap(key, here)
    expect(bytesOf(await credentials.unwrap(wrapped, here))).toEqual(bytesOf(key))
    const later = await stage().open()
    expect(bytesOf(await later.credentials.unwrap(wrapped, here))).toEqual(bytesOf(key))
    expect(wrapped.bytes.includes(bytesOf(key))).toBe(false)
  })

  it.each<[string, WrapContext]>([
    ['another row', ['credential', 'workspace', 'other row', '1']],
    ['another version', ['credential', 'workspace', 'row', '2']],
    ['another workspace', ['credential', 'other workspace', 'row', '1']],
    ['another kind of thing', ['user', 'workspace', 'row', '1']],
    ['the same letters cut elsewhere', ['credential', 'workspacer', 'ow', '1']],
    ['one part more', [...here, '']],
    ['one part less', here.slice(0, -1)],
    ['no context', []],
  ])('does not unwrap a wrapped key that was moved to %s', async (_name, moved) => {
    const { credentials } = await stage().open()
    const wrapped = await credentials.wrap(randomSecret(), here)
    expect(await refusalOfAsync(credentials.unwrap(wrapped, moved))).toBe('credential.sealed_unreadable')
    expect(await refusalOfAsync(credentials.rewrap(wrapped, moved))).toBe('credential.sealed_unreadable')
  })

  it('never opens a wrapped credential with an epoch key, nor the reverse, under either key id', async () => {
    const { credentials, epoch } = await stage().open()
    const ofCredential = await credentials.wrap(randomSecret(), here)
    const ofPerson = await epoch.wrap(randomSecret(), here)
    expect(await refusalOfAsync(epoch.unwrap(ofCredential, here))).toBe('keyring.key_missing')
    expect(await refusalOfAsync(credentials.unwrap(ofPerson, here))).toBe('keyring.key_missing')
    const asPerson = { ...ofCredential, keyId: ofPerson.keyId }
    const asCredential = { ...ofPerson, keyId: ofCredential.keyId }
    expect(await refusalOfAsync(epoch.unwrap(asPerson, here))).toBe('credential.sealed_unreadable')
    expect(await refusalOfAsync(credentials.unwrap(asCredential, here))).toBe('credential.sealed_unreadable')
  })

  it('refuses a wrapped key that is altered, cut, empty or longer', async () => {
    const { credentials } = await stage().open()
    const wrapped = await credentials.wrap(randomSecret(), here)
    const { bytes } = wrapped
    const damaged = [
      ...Array.from({ length: bytes.length * 8 }, (_, bit) => withFlippedBit(bytes, bit)),
      ...Array.from({ length: bytes.length }, (_, length) => bytes.subarray(0, length)),
      Buffer.concat([bytes, bytes]),
      randomBytes(bytes.length),
    ]
    for (const one of damaged) {
      expect(await refusalOfAsync(credentials.unwrap({ ...wrapped, bytes: one }, here))).toBe(
        'credential.sealed_unreadable',
      )
    }
  })

  it('does not wrap a key that has been destroyed', async () => {
    const { credentials } = await stage().open()
    const key = randomSecret()
    key.destroy()
    await expect(credentials.wrap(key, here)).rejects.toThrow(RangeError)
  })

  it('unwraps every key in its own context and in no other', async () => {
    const { credentials } = await stage().open()
    const context = fc.array(fc.string({ unit: 'grapheme', maxLength: 10 }), { maxLength: 4 })
    const key = fc.uint8Array({ minLength: 32, maxLength: 32 })
    await fc.assert(
      fc.asyncProperty(key, context, context, async (bytes, own, other) => {
        const wrapped = await credentials.wrap(new Secret(bytes), own)
        expect(bytesOf(await credentials.unwrap(wrapped, own)).equals(bytes)).toBe(true)
        fc.pre(JSON.stringify(own) !== JSON.stringify(other))
        expect(await refusalOfAsync(credentials.unwrap(wrapped, other))).toBe('credential.sealed_unreadable')
      }),
    )
  })
}

function rotationRules(stage: () => KeyServiceStage): void {
  it('seal, rotate, retire, open: after a rotation the old key opens, the new one seals, and rewrapped keys outlive it', async () => {
    const key = randomSecret()
    const before = await stage().open()
    const old = await before.credentials.wrap(key, here)
    await stage().rotate('credentials')
    const { credentials } = await stage().open()
    expect(bytesOf(await credentials.unwrap(old, here))).toEqual(bytesOf(key))
    const moved = await credentials.rewrap(old, here)
    expect(moved.keyId).not.toBe(old.keyId)
    expect((await credentials.wrap(key, here)).keyId).toBe(moved.keyId)
    expect(await refusalOfAsync(credentials.unwrap({ ...moved, keyId: old.keyId }, here))).toBe(
      'credential.sealed_unreadable',
    )
    expect(await refusalOfAsync(credentials.unwrap({ ...old, keyId: moved.keyId }, here))).toBe(
      'credential.sealed_unreadable',
    )
    await stage().retire(old.keyId)
    const after = await stage().open()
    expect(bytesOf(await after.credentials.unwrap(moved, here))).toEqual(bytesOf(key))
    expect(await refusalOfAsync(after.credentials.unwrap(old, here))).toBe('keyring.key_missing')
  })

  it('names the id of a key that is missing, at unwrap and at rewrap', async () => {
    const { credentials } = await stage().open()
    const wrapped = { ...(await credentials.wrap(randomSecret(), here)), keyId: 'credentials-77' }
    for (const work of [credentials.unwrap, credentials.rewrap]) {
      expect(await refusalOfAsync(work(wrapped, here))).toBe('keyring.key_missing')
      await expect(work(wrapped, here)).rejects.toThrow(/credentials-77/)
    }
  })

  it('fails closed where no key of the purpose is left, and the other purpose goes on', async () => {
    const { credentials } = await stage().open()
    const { keyId } = await credentials.wrap(randomSecret(), here)
    await stage().retire(keyId)
    const after = await stage().open()
    expect(await refusalOfAsync(after.credentials.wrap(randomSecret(), here))).toBe('keyring.key_missing')
    expect(await refusalOfAsync(after.epoch.wrap(randomSecret(), here))).toBeUndefined()
  })

  it('moves a key under the key that it is under, and it opens as before', async () => {
    const { credentials } = await stage().open()
    const key = randomSecret()
    const moved = await credentials.rewrap(await credentials.wrap(key, here), here)
    expect(bytesOf(await credentials.unwrap(moved, here))).toEqual(bytesOf(key))
  })

  it('rotates one purpose without touching the other', async () => {
    const before = await stage().open()
    const person = await before.epoch.wrap(randomSecret(), here)
    await stage().rotate('credentials')
    const after = await stage().open()
    expect((await after.epoch.wrap(randomSecret(), here)).keyId).toBe(person.keyId)
    expect(await refusalOfAsync(after.epoch.unwrap(person, here))).toBeUndefined()
  })
}
