import type { ServerResponse } from 'node:http'
import { credentialSchema } from '@hyponema/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type CredentialKeys, openCredentialKeys } from '../../packages/server/src/commands/open-credential-keys.ts'
import { readConfig } from '../../packages/server/src/config.ts'
import { systemClock } from '../../packages/server/src/kernel/clock.ts'
import {
  type FakeVault,
  fakeNamespace,
  fakeToken,
  startFakeVault,
} from '../../packages/server/src/platform/crypto/test-harness/start-fake-vault.ts'
import { closeLoopback } from '../../packages/server/src/platform/outbound/test-harness/loopback.ts'
import { type Api, openApi } from './api-harness.ts'

const body = { kind: 'model', provider: 'openai', label: 'Main', secret: 'sk-quagmire-0123456789-zZ9q' }

describe('credentials whose key-encryption keys lie in Vault', () => {
  let api: Api
  let vault: FakeVault
  let keys: CredentialKeys | undefined
  let credential: string
  beforeAll(async () => {
    vault = await startFakeVault()
    vault.createKey('hyponema')
    const environment = {
      HYPONEMA_KEY_SERVICE: 'vault',
      HYPONEMA_VAULT_ADDR: vault.endpoint.origin,
      HYPONEMA_VAULT_TOKEN: fakeToken,
      HYPONEMA_VAULT_NAMESPACE: fakeNamespace,
      HYPONEMA_VAULT_TRANSIT_KEY: 'hyponema',
    }
    api = await openApi({
      credentialKeys: (keyring) => {
        const settings = readConfig({ environment }).keyService
        keys = openCredentialKeys({ settings, keyring, clock: systemClock })
        return keys.keys
      },
    })
    credential = await api.a.makeOperatorToken('admin')
  })
  afterAll(async () => {
    await api.close()
    await keys?.close()
    await closeLoopback()
  })

  const create = () => api.a.call('POST', '/v1/credentials', { credential, body })
  const stored = () => api.ask<{ kek_id: string }>('select kek_id from tenant.credential_versions')

  test('a provider key is sealed here and its data key wrapped there; the provider key is never sent', async () => {
    const answer = await create()
    expect(credentialSchema.parse(answer.body)).toMatchObject({ hint: 'zZ9q', version: 1 })
    expect(await stored()).toEqual([{ kek_id: 'hyponema:v1' }])
    expect(vault.asked.map(({ path }) => path)).toEqual(['/v1/transit/encrypt/hyponema'])
    const sent = JSON.stringify(vault.asked)
    for (const form of ['utf8', 'base64', 'hex'] as const)
      expect(sent).not.toContain(Buffer.from(body.secret).toString(form).slice(0, 24))
  })

  test('one that cannot be wrapped is stored nowhere: 503 to the caller, and the log names the key', async () => {
    const before = await stored()
    vault.answerWith((response) => response.writeHead(503).end(`{"errors":["Vault is sealed, ${fakeToken}"]}`))
    const answer = await create()
    expect([answer.status, answer.body]).toMatchObject([503, { code: 'keyring.key_missing' }])
    expect(await stored()).toEqual(before)
    expect(api.logged.join('')).toContain('hyponema')
    for (const text of [answer.text, api.logged.join('')]) expect(text).not.toMatch(/hvs\.|quagmire|is sealed/)
    vault.answerWith(undefined)
    expect((await create()).status).toBe(201)
  })

  test.each([
    ['a credential', () => create()],
    [
      'an endpoint',
      () => api.a.call('POST', '/v1/webhooks', { body: { url: 'https://hooks.example.com/in', event_types: ['*'] } }),
    ],
  ])('making %s holds no transaction open while the key service takes its time', async (_what, make) => {
    const asked = Promise.withResolvers<ServerResponse>()
    vault.answerWith(asked.resolve)
    const answer = make()
    const response = await asked.promise
    const open = await api.ask(
      `select query from pg_stat_activity where datname = current_database() and state like 'idle in transaction%'`,
    )
    vault.answerWith(undefined)
    response.writeHead(503).end('{"errors":[]}')
    expect((await answer).status).toBe(503)
    expect(open).toEqual([])
  })
})
