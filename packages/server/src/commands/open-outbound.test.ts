import { describe, expect, test } from 'vitest'
import { readConfig } from '../config.ts'
import { ownHosts } from './open-outbound.ts'

const own = (environment: Record<string, string>, host = '/run/postgresql') =>
  ownHosts(readConfig({ environment }), { host, port: 5432, database: 'd', tls: 'off' })

describe('what tenants may not call', () => {
  test('is where we listen, and the public origin: a name at every port, an address at its own', () => {
    expect(own({})).toEqual({
      ownNames: [],
      ownAddresses: [
        { host: '127.0.0.1', port: 4700 },
        { host: '127.0.0.1', port: 4700 },
      ],
    })
    const named = own({ HYPONEMA_HOST: '0.0.0.0', HYPONEMA_PUBLIC_ORIGIN: 'https://talk.example.com' })
    expect(named).toEqual({ ownNames: ['talk.example.com'], ownAddresses: [{ host: '0.0.0.0', port: 4700 }] })
    const numbered = own({ HYPONEMA_PUBLIC_ORIGIN: 'https://[2001:db8::7]' })
    expect(numbered.ownAddresses).toContainEqual({ host: '2001:db8::7', port: 443 })
  })

  test('is what the operator says besides, the database, the mail server, the key services and the proxy', () => {
    const { ownNames, ownAddresses } = own(
      {
        HYPONEMA_OUTBOUND_OWN: 'eu.example.com, 203.0.113.7',
        HYPONEMA_SMTP_URL: 'smtp://mail.example.com:2525',
        HYPONEMA_MAIL_FROM: 'mail@example.com',
        HYPONEMA_VAULT_ADDR: 'https://vault.inside:8200',
        HYPONEMA_VAULT_TOKEN: 'a-token',
        HYPONEMA_VAULT_TRANSIT_KEY: 'hyponema',
        HYPONEMA_KMS_KEYS: 'arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab',
        HYPONEMA_KMS_REGION: 'eu-central-1',
        HYPONEMA_KMS_ENDPOINT: 'https://kms.inside:8443',
        AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE',
        AWS_SECRET_ACCESS_KEY: 'a-key',
        HYPONEMA_OUTBOUND_PROXY: 'http://proxy.inside:4750',
      },
      'db.inside',
    )
    expect(ownNames).toEqual(['eu.example.com'])
    expect(ownAddresses.slice(2)).toEqual([
      { host: '203.0.113.7', port: undefined },
      { host: 'db.inside', port: 5432 },
      { host: 'mail.example.com', port: 2525 },
      { host: 'vault.inside', port: 8200 },
      { host: 'kms.inside', port: 8443 },
      { host: 'proxy.inside', port: 4750 },
    ])
  })
})
