import { describe, expect, it } from 'vitest'
import { readConfig } from './config.ts'
import { bytesOf } from './platform/crypto/test-harness/key-fixtures.ts'

const read = (environment: Record<string, string>) => readConfig({ environment }).keyService

const keyId = '1234abcd-12ab-34cd-56ef-1234567890ab'
const arn = `arn:aws:kms:eu-central-1:111122223333:key/${keyId}`
const otherArn = 'arn:aws:kms:eu-central-1:111122223333:key/mrk-1234abcd12ab34cd56ef1234567890ab'
const aws = { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'very/secret' }
const kms = { HYPONEMA_KEY_SERVICE: 'aws-kms', HYPONEMA_KMS_KEYS: arn, ...aws }
const vault = {
  HYPONEMA_KEY_SERVICE: 'vault',
  HYPONEMA_VAULT_ADDR: 'https://vault.internal:8200',
  HYPONEMA_VAULT_TOKEN: 'hvs.very-secret',
  HYPONEMA_VAULT_TRANSIT_KEY: 'hyponema',
}

describe('the settings of key services', () => {
  it('are the keyring file where nothing is said, whatever AWS_* holds for others', () => {
    expect(read({})).toEqual({ wrapsWith: 'keyring', awsKms: undefined, vault: undefined })
    expect(read({ ...aws, AWS_SESSION_TOKEN: 'x y' })).toEqual({
      wrapsWith: 'keyring',
      awsKms: undefined,
      vault: undefined,
    })
  })

  it('take region and endpoint of KMS from the ARN of the key that wraps', () => {
    const { wrapsWith, awsKms } = read({ ...kms, HYPONEMA_KMS_KEYS: `${arn}, ${otherArn}` })
    expect(wrapsWith).toBe('aws-kms')
    expect(awsKms?.region).toBe('eu-central-1')
    expect(awsKms?.endpoint.href).toBe('https://kms.eu-central-1.amazonaws.com/')
    expect(awsKms?.keys.map(({ id, name }) => [id, name])).toEqual([
      [keyId, arn],
      ['mrk-1234abcd12ab34cd56ef1234567890ab', otherArn],
    ])
    expect(awsKms?.secretAccessKey && bytesOf(awsKms.secretAccessKey).toString()).toBe('very/secret')
  })

  it('take a bare id of KMS with a region, and an endpoint of this machine without TLS', () => {
    const given = { ...kms, HYPONEMA_KMS_KEYS: keyId, HYPONEMA_KMS_REGION: 'us-gov-west-1' }
    expect(read(given).awsKms?.endpoint.host).toBe('kms.us-gov-west-1.amazonaws.com')
    expect(read({ ...given, HYPONEMA_KMS_ENDPOINT: 'http://127.0.0.1:4566' }).awsKms?.endpoint.host).toBe(
      '127.0.0.1:4566',
    )
  })

  it('take Vault with its usual mount, or another one and a namespace', () => {
    const usual = read(vault).vault
    expect([usual?.mount, usual?.namespace, usual?.transitKeys]).toEqual(['transit', undefined, ['hyponema']])
    const other = read({ ...vault, HYPONEMA_VAULT_MOUNT: '/keys/voice/', HYPONEMA_VAULT_NAMESPACE: 'team/a' }).vault
    expect([other?.mount, other?.namespace]).toEqual(['keys/voice', 'team/a'])
  })

  it('keep a service that wraps nothing any more, so that what it wrapped is unwrapped', () => {
    const both = read({ ...kms, ...vault, HYPONEMA_KEY_SERVICE: 'keyring' })
    expect([both.wrapsWith, both.awsKms?.keys.length, both.vault?.transitKeys.length]).toEqual(['keyring', 1, 1])
  })

  it.each<[string, Record<string, string>]>([
    ['HYPONEMA_KEY_SERVICE', { HYPONEMA_KEY_SERVICE: 'kms' }],
    ['HYPONEMA_KMS_KEYS', { ...kms, HYPONEMA_KMS_KEYS: '' }],
    ['HYPONEMA_KMS_KEYS', { ...kms, HYPONEMA_KMS_KEYS: 'alias/hyponema' }],
    ['HYPONEMA_KMS_KEYS', { ...kms, HYPONEMA_KMS_KEYS: `${arn},${keyId}` }],
    ['HYPONEMA_KMS_KEYS', { ...kms, HYPONEMA_KMS_REGION: 'us-east-1' }],
    ['HYPONEMA_KMS_REGION', { ...kms, HYPONEMA_KMS_KEYS: keyId }],
    ['HYPONEMA_KMS_REGION', { ...kms, HYPONEMA_KMS_KEYS: keyId, HYPONEMA_KMS_REGION: 'evil.example.com/' }],
    ['HYPONEMA_KMS_ENDPOINT', { ...kms, HYPONEMA_KMS_ENDPOINT: 'http://kms.example.com' }],
    ['HYPONEMA_KMS_ENDPOINT', { ...kms, HYPONEMA_KMS_ENDPOINT: 'https://kms.example.com/path' }],
    ['HYPONEMA_KMS_ENDPOINT', { ...kms, HYPONEMA_KMS_ENDPOINT: 'https://u:p@kms.example.com' }],
    ['AWS_ACCESS_KEY_ID', { ...kms, AWS_ACCESS_KEY_ID: '' }],
    ['AWS_SECRET_ACCESS_KEY', { ...kms, AWS_SECRET_ACCESS_KEY: '' }],
    ['AWS_SESSION_TOKEN', { ...kms, AWS_SESSION_TOKEN: 'very secret' }],
    ['HYPONEMA_VAULT_ADDR', { ...vault, HYPONEMA_VAULT_ADDR: '' }],
    ['HYPONEMA_VAULT_ADDR', { ...vault, HYPONEMA_VAULT_ADDR: 'http://vault.internal:8200' }],
    ['HYPONEMA_VAULT_ADDR', { ...vault, HYPONEMA_VAULT_ADDR: 'vault.internal:8200' }],
    ['HYPONEMA_VAULT_TRANSIT_KEY', { ...vault, HYPONEMA_VAULT_TRANSIT_KEY: '' }],
    ['HYPONEMA_VAULT_TRANSIT_KEY', { ...vault, HYPONEMA_VAULT_TRANSIT_KEY: '../sys/seal' }],
    ['HYPONEMA_VAULT_TRANSIT_KEY', { ...vault, HYPONEMA_VAULT_TRANSIT_KEY: '..' }],
    ['HYPONEMA_VAULT_MOUNT', { ...vault, HYPONEMA_VAULT_MOUNT: 'transit/../sys' }],
    ['HYPONEMA_VAULT_NAMESPACE', { ...vault, HYPONEMA_VAULT_NAMESPACE: 'a b' }],
    ['HYPONEMA_VAULT_TOKEN', { ...vault, HYPONEMA_VAULT_TOKEN: '' }],
    ['HYPONEMA_VAULT_TOKEN', { ...vault, HYPONEMA_VAULT_TOKEN: 'very secret' }],
    ['HYPONEMA_VAULT_TOKEN_FILE', { ...vault, HYPONEMA_VAULT_TOKEN_FILE: '/run/token' }],
  ])('that are wrong are refused by the name of %s, without a secret: %j', (name, environment) => {
    expect(() => read(environment)).toThrow(name)
    expect(() => read(environment)).not.toThrow(/very.secret/)
    expect(() => read(environment)).toThrow(expect.objectContaining({ name: 'StartupRefusal' }))
  })

  it('print no secret when they are logged whole', () => {
    expect(JSON.stringify([read(kms), read(vault)])).not.toMatch(/very.secret/)
  })
})
