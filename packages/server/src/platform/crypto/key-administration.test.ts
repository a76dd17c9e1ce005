import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { callOwnService } from '../outbound/call-own-service.ts'
import { closeLoopback } from '../outbound/test-harness/loopback.ts'
import { awsKmsKeyAdministration } from './aws-kms-key-administration.ts'
import type { KeyAdministration } from './key-administration.ts'
import { parseKmsKey } from './kms-key.ts'
import { Secret } from './secret.ts'
import { fakeNamespace, fakeToken, startFakeVault } from './test-harness/start-fake-vault.ts'
import { vaultKeyAdministration } from './vault-key-administration.ts'

afterAll(closeLoopback)

const refusal = (text: string): unknown =>
  expect.objectContaining({ name: 'StartupRefusal', message: expect.stringContaining(text) })
const none = new Set<string>()

describe('looking after a transit key of Vault', () => {
  let keys: KeyAdministration
  let ofNobody: KeyAdministration
  beforeEach(async () => {
    const vault = await startFakeVault()
    vault.createKey('hyponema')
    const { call } = callOwnService(vault.endpoint)
    const readToken = async () => new Secret(Buffer.from(fakeToken))
    const access = { mount: 'transit', namespace: fakeNamespace, readToken, call }
    keys = vaultKeyAdministration('hyponema', access)
    ofNobody = vaultKeyAdministration('nobody', access)
  })

  it('lists its versions, the newest of which wraps, and rotates it', async () => {
    expect(await keys.list()).toEqual([{ id: 'hyponema:v1', state: 'active' }])
    expect(await keys.rotate()).toBe('hyponema:v2')
    expect(await keys.rotate()).toBe('hyponema:v3')
    expect(await keys.list()).toEqual([
      { id: 'hyponema:v3', state: 'active' },
      { id: 'hyponema:v2', state: 'retiring' },
      { id: 'hyponema:v1', state: 'retiring' },
    ])
  })

  it('retires a version and those below it, and no other', async () => {
    for (let version = 2; version <= 4; version += 1) await keys.rotate()
    await keys.retire('hyponema:v2', new Set(['hyponema:v3', 'other:v1', 'credentials-1']))
    expect((await keys.list()).map(({ id }) => id)).toEqual(['hyponema:v4', 'hyponema:v3'])
  })

  it.each([
    ['in use itself', 'hyponema:v2', ['hyponema:v2'], 'hyponema:v2 still in use'],
    ['above one in use', 'hyponema:v2', ['hyponema:v3', 'hyponema:v1'], 'hyponema:v1 still in use'],
    ['the one that wraps', 'hyponema:v3', [], 'rotate first'],
    ['not there yet', 'hyponema:v4', [], 'is no version'],
    ['of another key', 'other:v1', [], 'is no version'],
    ['of the keyring', 'credentials-1', [], 'is no version'],
  ])('does not retire a version that is %s', async (_name, id, inUse, text) => {
    await keys.rotate()
    await keys.rotate()
    await expect(keys.retire(id, new Set(inUse))).rejects.toEqual(refusal(text))
    expect(await keys.list()).toHaveLength(3)
  })

  it('does not retire a version twice', async () => {
    await keys.rotate()
    await keys.retire('hyponema:v1', none)
    await expect(keys.retire('hyponema:v1', none)).rejects.toEqual(refusal('is no version'))
  })

  it('names the key that Vault does not have', async () => {
    for (const work of [ofNobody.list(), ofNobody.rotate(), ofNobody.retire('nobody:v1', none)])
      await expect(work).rejects.toMatchObject({
        code: 'keyring.key_missing',
        message: expect.stringContaining('nobody'),
      })
  })
})

describe('looking after keys of AWS KMS', () => {
  const first = '1234abcd-12ab-34cd-56ef-1234567890ab'
  const second = 'mrk-1234abcd12ab34cd56ef1234567890ab'
  const keys = awsKmsKeyAdministration([first, second].map(parseKmsKey).filter((key) => key !== undefined))

  it('lists those of the setting, the first of which wraps', async () => {
    expect(await keys.list()).toEqual([
      { id: first, state: 'active' },
      { id: second, state: 'retiring' },
    ])
  })

  it('says what the operator does instead of us', async () => {
    await expect(keys.rotate()).rejects.toEqual(refusal('write its ARN first in HYPONEMA_KMS_KEYS'))
    await expect(keys.retire(first, none)).rejects.toEqual(refusal('is what new keys are wrapped with'))
    await expect(keys.retire(second, new Set([second]))).rejects.toEqual(refusal('still wrapped under it'))
    await expect(keys.retire(second, none)).rejects.toEqual(refusal('take it out of HYPONEMA_KMS_KEYS'))
    await expect(keys.retire('credentials-1', none)).rejects.toEqual(refusal('none of HYPONEMA_KMS_KEYS'))
  })
})
