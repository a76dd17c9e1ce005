import { chmodSync, writeFileSync } from 'node:fs'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readConfig } from '../config.ts'
import { systemClock } from '../kernel/clock.ts'
import { randomSecret } from '../platform/crypto/random-secret.ts'
import { bytesOf, temporaryFolder, testKeyring } from '../platform/crypto/test-harness/key-fixtures.ts'
import { fakeAccess, startFakeAwsKms } from '../platform/crypto/test-harness/start-fake-aws-kms.ts'
import { fakeNamespace, fakeToken, startFakeVault } from '../platform/crypto/test-harness/start-fake-vault.ts'
import { closeLoopback } from '../platform/outbound/test-harness/loopback.ts'
import { type CredentialKeys, openCredentialKeys } from './open-credential-keys.ts'
import { proveCredentialKeys } from './prove-credential-keys.ts'

const here = ['credential', 'workspace', 'row', '1']
const opened: CredentialKeys[] = []

function open(environment: Record<string, string>) {
  const config = readConfig({ environment })
  const keys = openCredentialKeys({ settings: config.keyService, keyring: testKeyring(), clock: systemClock })
  opened.push(keys)
  return { ...keys, prove: () => proveCredentialKeys({ credentialKeys: keys.keys }, config) }
}

describe('the key-encryption keys of credentials', () => {
  let folder: ReturnType<typeof temporaryFolder>
  let vault: Awaited<ReturnType<typeof startFakeVault>>
  let kms: Awaited<ReturnType<typeof startFakeAwsKms>>
  let ofVault: Record<string, string>
  let ofKms: Record<string, string>
  beforeEach(async () => {
    folder = temporaryFolder()
    vault = await startFakeVault()
    vault.createKey('hyponema')
    kms = await startFakeAwsKms()
    const tokenFile = folder.path('token')
    writeFileSync(tokenFile, `${fakeToken}\n`, { mode: 0o600 })
    ofVault = {
      HYPONEMA_VAULT_ADDR: vault.endpoint.origin,
      HYPONEMA_VAULT_TOKEN_FILE: tokenFile,
      HYPONEMA_VAULT_NAMESPACE: fakeNamespace,
      HYPONEMA_VAULT_TRANSIT_KEY: 'hyponema',
    }
    ofKms = {
      HYPONEMA_KMS_KEYS: kms.createKey(),
      HYPONEMA_KMS_ENDPOINT: kms.endpoint.origin,
      AWS_ACCESS_KEY_ID: fakeAccess.accessKeyId,
      AWS_SECRET_ACCESS_KEY: fakeAccess.secretAccessKey,
      AWS_SESSION_TOKEN: fakeAccess.sessionToken,
    }
  })
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((keys) => keys.close()))
    folder.remove()
  })
  afterAll(closeLoopback)

  it('move from place to place and back, and nothing that was wrapped before is lost on the way', async () => {
    const settings = [
      {},
      { ...ofVault, HYPONEMA_KEY_SERVICE: 'vault' },
      { ...ofVault, ...ofKms, HYPONEMA_KEY_SERVICE: 'aws-kms' },
      { ...ofVault, ...ofKms },
    ]
    const key = randomSecret()
    let moved = await open({}).keys.wrap(key, here)
    const all = [moved]
    for (const environment of settings) {
      const { keys } = open(environment)
      for (const wrapped of all) expect(bytesOf(await keys.unwrap(wrapped, here))).toEqual(bytesOf(key))
      moved = await keys.rewrap(moved, here)
      expect(moved.keyId).toBe((await keys.wrap(key, here)).keyId)
      expect(bytesOf(await keys.unwrap(moved, here))).toEqual(bytesOf(key))
      await expect(keys.unwrap(moved, ['elsewhere'])).rejects.toMatchObject({ code: 'credential.sealed_unreadable' })
      all.push(moved)
    }
    expect(new Set(all.map(({ keyId }) => keyId)).size).toBe(3)
  })

  it('are looked after together: one wraps, and of the services that do not, nothing is active', async () => {
    const administration = (environment: Record<string, string>) => open(environment).administration
    expect(administration({})).toBeUndefined()
    const kmsKey = (ofKms['HYPONEMA_KMS_KEYS'] ?? '').split('/')[1]
    const both = administration({ ...ofVault, ...ofKms, HYPONEMA_KEY_SERVICE: 'vault' })
    expect(await both?.rotate()).toBe('hyponema:v2')
    expect(await both?.list()).toEqual([
      { id: 'hyponema:v2', state: 'active' },
      { id: 'hyponema:v1', state: 'retiring' },
      { id: kmsKey, state: 'retiring' },
    ])
    await both?.retire('hyponema:v1', new Set())
    const moved = administration({ ...ofVault, ...ofKms })
    expect((await moved?.list())?.map(({ state }) => state)).toEqual(['retiring', 'retiring'])
    await expect(moved?.rotate()).rejects.toThrow('HYPONEMA_KEY_SERVICE says that the keyring file does')
    await expect(moved?.retire('hyponema:v2', new Set())).rejects.toThrow('take its settings away')
    await expect(moved?.retire('hyponema:v2', new Set(['hyponema:v2']))).rejects.toThrow('Rewrap first')
    await expect(moved?.retire('credentials-1', new Set())).rejects.toThrow('no key of a configured key service')
  })

  it('name the id that nobody has, without asking anybody', async () => {
    const { keys } = open({ ...ofVault, ...ofKms, HYPONEMA_KEY_SERVICE: 'vault' })
    const bytes = Buffer.alloc(60)
    for (const keyId of [
      'credentials-9',
      'other:v1',
      '1234abcd-12ab-34cd-56ef-1234567890ab',
      'whatever',
      '',
      'epoch-1',
    ]) {
      await expect(keys.unwrap({ keyId, bytes }, here)).rejects.toMatchObject({
        code: 'keyring.key_missing',
        message: expect.stringContaining(keyId),
      })
      await expect(keys.rewrap({ keyId, bytes }, here)).rejects.toMatchObject({ code: 'keyring.key_missing' })
    }
    expect([vault.asked, kms.asked]).toEqual([[], []])
  })

  it('follow a token that Vault Agent replaces, and do not read one that others can read', async () => {
    const { keys } = open({ ...ofVault, HYPONEMA_KEY_SERVICE: 'vault' })
    const wrapped = await keys.wrap(randomSecret(), here)
    vault.changeToken('hvs.next')
    await expect(keys.unwrap(wrapped, here)).rejects.toMatchObject({
      code: 'keyring.key_missing',
      message: expect.stringContaining('hyponema:v1'),
    })
    const tokenFile = ofVault['HYPONEMA_VAULT_TOKEN_FILE'] ?? ''
    writeFileSync(tokenFile, 'hvs.next')
    await keys.unwrap(wrapped, here)
    chmodSync(tokenFile, 0o644)
    await expect(keys.unwrap(wrapped, here)).rejects.toMatchObject({
      code: 'keyring.key_missing',
      message: expect.stringContaining('chmod 600'),
    })
  })

  it.each(['vault', 'aws-kms'])('are asked for a try at the start, of %s', async (service) => {
    await open({ ...ofVault, ...ofKms, HYPONEMA_KEY_SERVICE: service }).prove()
    const asked = service === 'vault' ? vault.asked : kms.asked
    expect(asked).toHaveLength(2)
  })

  it('are not asked for a try where the keyring wraps', async () => {
    await open({ ...ofVault, ...ofKms }).prove()
    expect([vault.asked, kms.asked]).toEqual([[], []])
  })

  it.each<[string, Record<string, string>]>([
    ['unreachable', { HYPONEMA_VAULT_ADDR: 'http://127.0.0.1:9' }],
    ['without its transit key', { HYPONEMA_VAULT_TRANSIT_KEY: 'nobody' }],
    ['mounted elsewhere', { HYPONEMA_VAULT_MOUNT: 'elsewhere' }],
    ['of another namespace', { HYPONEMA_VAULT_NAMESPACE: 'elsewhere' }],
    ['without a token', { HYPONEMA_VAULT_TOKEN_FILE: '/nowhere/token' }],
  ])('refuse the start where Vault is %s, and say what to check', async (_name, wrong) => {
    const failure = open({ ...ofVault, ...wrong, HYPONEMA_KEY_SERVICE: 'vault' }).prove()
    await expect(failure).rejects.toMatchObject({
      name: 'StartupRefusal',
      message: expect.stringMatching(/HYPONEMA_KEY_SERVICE is vault.*HYPONEMA_VAULT_\*/),
    })
    await expect(failure).rejects.not.toThrow(fakeToken)
  })

  it.each<[string, Record<string, string>, RegExp]>([
    ['is not ours to use', { AWS_SECRET_ACCESS_KEY: 'wrong' }, /InvalidSignatureException/],
    [
      'is in another account',
      { HYPONEMA_KMS_KEYS: '1234abcd-12ab-34cd-56ef-1234567890ab', HYPONEMA_KMS_REGION: 'eu-central-1' },
      /NotFoundException/,
    ],
  ])('refuse the start where the key of KMS %s', async (_name, wrong, kind) => {
    const failure = open({ ...ofKms, ...wrong, HYPONEMA_KEY_SERVICE: 'aws-kms' }).prove()
    await expect(failure).rejects.toMatchObject({ name: 'StartupRefusal', message: expect.stringMatching(kind) })
  })
})
