/** `POST /v1/credentials/{id}/test` against providers on loopback behind the real outbound door. */
import { credentialOpeningSchema, credentialSchema, credentialTestSchema, pageSchema } from '@hyponema/contract'
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { findProviderCall } from '../../packages/server/src/features/credentials/find-provider-call.ts'
import { type Api, openApi } from './api-harness.ts'
import { auditedActions } from './audited-actions.ts'
import { type FakeProvider, startFakeProvider } from './fake-provider.ts'

const secret = 'sk-quagmire/01+23=456789'

describe('testing a credential', () => {
  let api: Api
  let provider: FakeProvider
  let beforeSending: (() => Promise<unknown>) | undefined
  beforeAll(async () => {
    provider = await startFakeProvider()
    const { door } = provider
    const fetch: typeof door.fetch = async (...request) => {
      await beforeSending?.()
      return door.fetch(...request)
    }
    api = await openApi({ outboundDoor: { ...door, fetch } })
  })
  afterAll(async () => {
    await api.close()
    await provider.close()
  })
  beforeEach(() => {
    provider.answerWith(undefined)
    beforeSending = undefined
  })

  const call = async (method: string, path: string, body?: object) =>
    api.a.call(method, path, { credential: await api.a.makeOperatorToken('admin'), body })
  const seal = async (change: object = {}) => {
    const body = { kind: 'model', provider: 'openai', label: 'l', secret, base_url: provider.url, ...change }
    const answer = await call('POST', '/v1/credentials', body)
    return { answer, path: `/v1/credentials/${credentialSchema.parse(answer.body).id}` }
  }
  const ask = async (path: string) => {
    const answer = await call('POST', `${path}/test`)
    expect([answer.status, answer.text]).toEqual([200, answer.text])
    return credentialTestSchema.parse(answer.body)
  }

  test.each([
    ['model', 'openai', 'GET /v1/models'],
    ['model', 'groq', 'GET /v1/models'],
    ['model', 'mistral', 'GET /v1/models'],
    ['model', 'together', 'GET /v1/models'],
    ['model', 'openrouter', 'GET /v1/key'],
    ['model', 'ollama', 'GET /v1/models'],
    ['model', 'vllm', 'GET /v1/models'],
    ['model', 'custom', 'GET /v1/models'],
    ['model', 'somebody_new', 'GET /v1/models'],
    ['speech', 'deepgram', 'GET /v1/v1/projects'],
    ['voice', 'elevenlabs', 'GET /v1/v1/user'],
    ['telephony', 'telnyx', 'GET /v1/v2/balance'],
    ['internal_api', 'booking', 'GET /v1'],
    ['internal_api', 'openai', 'GET /v1'],
  ])('a key of %s %s is put on %s', async (kind, name, what) => {
    const { path } = await seal({ kind, provider: name })
    expect(await ask(path)).toMatchObject({ result: 'valid', status_code: 200, provider_words: null })
    expect(provider.calls.at(-1)).toEqual({ what, key: secret })
  })

  test('each provider is asked where it is, with the header that it reads', () => {
    const at = (kind: 'model' | 'speech' | 'voice' | 'telephony', name: string) =>
      findProviderCall({ kind, provider: name, baseUrl: null })
    expect(at('model', 'openai')?.url).toBe('https://api.openai.com/v1/models')
    expect(at('model', 'openrouter')?.url).toBe('https://openrouter.ai/api/v1/key')
    expect(at('speech', 'deepgram')).toEqual({
      url: 'https://api.deepgram.com/v1/projects',
      header: 'authorization',
      prefix: 'Token ',
    })
    expect(at('voice', 'elevenlabs')).toEqual({
      url: 'https://api.elevenlabs.io/v1/user',
      header: 'xi-api-key',
      prefix: '',
    })
    for (const name of ['ollama', 'vllm', 'custom', 'constructor', '__proto__'])
      expect(at('model', name)).toBeUndefined()
    // A voice key that bears the name of a model provider is no key of its models.
    expect(at('voice', 'openai')).toBeUndefined()
  })

  test.each([
    [401, 'rejected'],
    [402, 'rejected'],
    [403, 'rejected'],
    [302, 'unreachable'],
    [404, 'unreachable'],
    [429, 'unreachable'],
    [500, 'unreachable'],
  ])('an answer of %i is %s', async (status, result) => {
    const { path } = await seal()
    provider.answerWith(() => ({ status, body: '{"error":{"message":"Words of its own."}}' }))
    expect(await ask(path)).toMatchObject({
      result,
      status_code: status,
      provider_words: '{"error":{"message":"Words of its own."}}',
    })
  })

  test('a provider that hangs up is unreachable', async () => {
    const { path } = await seal()
    provider.answerWith(() => 'hang up')
    expect(await ask(path)).toMatchObject({ result: 'unreachable', status_code: null, provider_words: null })
  })

  test('the provider’s words never hold the key, in whatever form it repeats it', async () => {
    const { path } = await seal()
    const plain = Buffer.from(secret)
    const forms = [
      secret,
      encodeURIComponent(secret),
      plain.toString('base64'),
      plain.toString('base64url'),
      plain.toString('hex'),
      Buffer.from(`user:${secret}`).toString('base64'),
      secret.toUpperCase(),
      JSON.stringify(secret).replaceAll('/', '\\/'),
    ]
    for (const form of forms) {
      provider.answerWith(() => ({ status: 401, body: `{"message":"no such key: ${form}"}` }))
      const { result, provider_words: words } = await ask(path)
      expect(result).toBe('rejected')
      expect(words).not.toMatch(/quagmire/i)
      expect(words).not.toContain(form)
    }
    expect(api.logged.join('')).not.toMatch(/quagmire/i)
  })

  test('nor when it stands anywhere in an answer of any length', async () => {
    const { path } = await seal()
    await fc.assert(
      fc.asyncProperty(fc.nat(10_000), fc.nat(400), async (before, after) => {
        provider.answerWith(() => ({ status: 403, body: `${' '.repeat(before)}x${secret}${'y'.repeat(after)}` }))
        expect((await ask(path)).provider_words ?? '').not.toMatch(/quagm/)
      }),
      { numRuns: 10 },
    )
  })

  test('each test is counted, audited, and told on the credential', async () => {
    const { path } = await seal()
    await ask(path)
    provider.answerWith(() => ({ status: 401, body: '{}' }))
    await ask(path)
    const page = pageSchema(credentialOpeningSchema).parse((await call('GET', `${path}/openings`)).body)
    expect(page.data).toMatchObject([
      { session_id: null, version: 1, purpose: 'test', openings: 1 },
      { session_id: null, version: 1, purpose: 'test', openings: 1 },
    ])
    const [rejected, valid] = await auditedActions(api, api.a.id, 'credential.tested')
    expect(valid?.after).toEqual({ version: 1, result: 'valid', status_code: 200 })
    expect(rejected?.after).toEqual({ version: 1, result: 'rejected', status_code: 401 })
    const failing = async () => credentialSchema.parse((await call('GET', path)).body).failing_since
    expect(await failing()).not.toBeNull()
    const told = await api.ask(`select 1 from tenant.outbox where type = 'credential.failing'`)
    await ask(path)
    expect(await api.ask(`select 1 from tenant.outbox where type = 'credential.failing'`)).toHaveLength(told.length)
    provider.answerWith(undefined)
    await ask(path)
    expect(await failing()).toBeNull()
  })

  test.each(['custom', 'ollama', 'vllm', 'twilio', 'somebody_new'])(
    'a key of %s without an address is not tested, and the answer says what to do',
    async (name) => {
      const { path } = await seal({ provider: name, base_url: undefined })
      const before = provider.calls.length
      const answer = await call('POST', `${path}/test`)
      expect([answer.status, answer.code(), answer.pointers()]).toEqual([422, 'request.invalid', ['/base_url']])
      expect(answer.text).toContain('create the credential with its base_url')
      expect(provider.calls.length).toBe(before)
      expect(pageSchema(credentialOpeningSchema).parse((await call('GET', `${path}/openings`)).body).data).toEqual([])
    },
  )

  test('an address that may not be called is refused when it is given, and again when it is used; nothing is opened', async () => {
    const body = { kind: 'model', provider: 'custom', label: 'l', secret, base_url: 'https://api.inside.example/v1' }
    const saved = await call('POST', '/v1/credentials', body)
    expect([saved.status, saved.code(), saved.pointers()]).toEqual([422, 'outbound.address_refused', ['/base_url']])
    expect(saved.text).not.toContain('quagmire')
    const { path } = await seal()
    await call('PATCH', '/v1/workspaces/current', { outbound_hosts: ['models.example.com'] })
    const used = await call('POST', `${path}/test`)
    await call('PATCH', '/v1/workspaces/current', { outbound_hosts: null })
    expect([used.status, used.code(), used.pointers()]).toEqual([422, 'outbound.address_refused', ['/base_url']])
    expect(pageSchema(credentialOpeningSchema).parse((await call('GET', `${path}/openings`)).body).data).toEqual([])
  })

  test('a provider whose own address cannot be called now is unreachable, which says nothing about the key', async () => {
    const { path } = await seal({ base_url: undefined })
    await call('PATCH', '/v1/workspaces/current', { outbound_hosts: ['models.example.com'] })
    const found = await ask(path)
    await call('PATCH', '/v1/workspaces/current', { outbound_hosts: null })
    expect(found).toMatchObject({ result: 'unreachable', status_code: null, provider_words: null })
    expect(pageSchema(credentialOpeningSchema).parse((await call('GET', `${path}/openings`)).body).data).toEqual([])
  })

  test.each([
    ['its credential was revoked', (path: string) => call('POST', `${path}/revoke`)],
    ['its version was revoked', (path: string) => call('POST', `${path}/versions/1/revoke`)],
    ['it was deleted', (path: string) => call('DELETE', path)],
    ['it was rotated without a grace', (path: string) => call('POST', `${path}/rotate`, { secret, grace_seconds: 0 })],
  ])('a key is not sent any more when %s while its address was being looked up', async (_why, withdraw) => {
    const { path } = await seal()
    const before = provider.calls.length
    const statuses: number[] = []
    beforeSending = async () => statuses.push((await withdraw(path)).status)
    const answer = await call('POST', `${path}/test`)
    expect(statuses.every((status) => status < 300)).toBe(true)
    expect([answer.status, answer.code()]).toEqual([409, 'credential.revoked'])
    expect(provider.calls.length).toBe(before)
  })

  test('what cannot be opened is not called valid', async () => {
    const { path } = await seal()
    await api.ask('update tenant.credential_versions set sealed = sealed || $1', [Buffer.from('x')])
    const before = provider.calls.length
    expect((await call('POST', `${path}/test`)).code()).toBe('credential.sealed_unreadable')
    expect(provider.calls.length).toBe(before)
  })

  test('a builder reads what was opened and tests nothing', async () => {
    const { path } = await seal()
    const builder = await api.a.makeOperatorToken('builder')
    expect((await api.a.call('GET', `${path}/openings`, { credential: builder })).status).toBe(200)
    expect((await api.a.call('GET', `${path}/versions`, { credential: builder })).status).toBe(200)
    for (const act of ['test', 'rotate', 'revoke', 'versions/1/revoke'])
      expect((await api.a.call('POST', `${path}/${act}`, { credential: builder })).status).toBe(403)
  })
})
