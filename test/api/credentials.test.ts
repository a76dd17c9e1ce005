import { credentialSchema, pageSchema } from '@hyponema/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { scriptedDocument } from './agent-documents.ts'
import { type Api, openApi } from './api-harness.ts'
import { draftAgent } from './made-things.ts'
import { tablesThatHold } from './tables-that-hold.ts'

const secret = 'sk-quagmire-0123456789-zZ9q'
const body = { kind: 'model', provider: 'openai', label: 'Main', secret }

describe('credentials', () => {
  let api: Api
  let credential: string
  beforeAll(async () => {
    api = await openApi()
    credential = await api.a.makeOperatorToken('admin')
  })
  afterAll(() => api.close())

  const create = (change: object = {}) =>
    api.a.call('POST', '/v1/credentials', { credential, body: { ...body, ...change } })
  const made = async () => credentialSchema.parse((await create()).body)

  test('a credential comes back as its hint: the last four characters and nothing more of the key', async () => {
    const answer = await create()
    expect(answer.status).toBe(201)
    expect(credentialSchema.parse(answer.body)).toMatchObject({
      kind: 'model',
      provider: 'openai',
      hint: 'zZ9q',
      version: 1,
    })
    const one = credentialSchema.parse(answer.body)
    const read = await api.a.call('GET', `/v1/credentials/${one.id}`, { credential })
    const list = await api.a.call('GET', '/v1/credentials', { credential })
    expect(read.body).toEqual(one)
    expect(pageSchema(credentialSchema).parse(list.body).data).toContainEqual(one)
    for (const { text } of [answer, read, list]) expect(text).not.toContain('quagmire')
  })

  test('the key lies nowhere in the database as it is, and not in the log', async () => {
    await made()
    expect(await tablesThatHold(api, secret)).toEqual([])
    expect(await tablesThatHold(api, 'quagmire')).toEqual([])
    expect(api.logged.join('')).not.toContain('quagmire')
  })

  test('two credentials with one key have nothing in common in the database', async () => {
    await Promise.all([made(), made()])
    const rows = await api.ask<{ sealed: Buffer }>('select sealed from tenant.credential_versions')
    expect(new Set(rows.map((row) => row.sealed.toString('hex'))).size).toBe(rows.length)
  })

  test('a deleted credential is gone with every sealed version of it', async () => {
    const one = await made()
    const path = `/v1/credentials/${one.id}`
    const before = await api.ask('select 1 from tenant.credential_versions')
    const answer = await api.a.call('DELETE', path, { credential })
    expect([answer.status, answer.text]).toEqual([204, ''])
    expect(await api.ask('select 1 from tenant.credential_versions')).toHaveLength(before.length - 1)
    expect((await api.a.call('GET', path, { credential })).status).toBe(404)
    expect((await api.a.call('DELETE', path, { credential })).status).toBe(404)
  })

  test.each(['owner', 'admin', 'builder', 'reviewer', 'privacy', 'auditor'] as const)(
    'a key may do nothing here, and of operators the %s exactly what the matrix says',
    async (role) => {
      const reads = role === 'owner' || role === 'admin' || role === 'builder'
      const writes = role === 'owner' || role === 'admin'
      const token = await api.a.makeOperatorToken(role)
      expect((await api.a.call('GET', '/v1/credentials', { credential: token })).status).toBe(reads ? 200 : 403)
      const answer = await api.a.call('POST', '/v1/credentials', { credential: token, body })
      expect(answer.status).toBe(writes ? 201 : 403)
      for (const [method, path] of [
        ['GET', '/v1/credentials'],
        ['POST', '/v1/credentials'],
      ] as const) {
        const byKey = await api.a.call(method, path, { body: method === 'POST' ? body : undefined })
        expect([byKey.status, byKey.code()]).toEqual([403, 'api_key.scope_missing'])
      }
    },
  )

  test('an operator token of ten minutes is refused after them', async () => {
    const token = await api.a.makeOperatorToken()
    expect((await api.a.call('GET', '/v1/credentials', { credential: token })).status).toBe(200)
    api.pass(10 * 60_000 + 6_000)
    const late = await api.a.call('GET', '/v1/credentials', { credential: token })
    expect([late.status, late.code()]).toEqual([401, 'api_key.invalid'])
    credential = await api.a.makeOperatorToken('admin')
  })

  test.each([
    [{ kind: 'password' }, '/kind'],
    [{ secret: 'short' }, '/secret'],
    [{ secret: 'has a space in it' }, '/secret'],
    [{ secret: 'ümlaut-in-the-key' }, '/secret'],
    [{ provider: 'Open AI' }, '/provider'],
    [{ extra: 1 }, '/extra'],
    [{ label: `Main ${secret}` }, '/label'],
    [{ base_url: `https://models.example/${secret}/v1` }, '/base_url'],
  ])('refuses %j and does not repeat the key', async (change, pointer) => {
    const answer = await create(change)
    expect([answer.status, answer.pointers()]).toEqual([422, [pointer]])
    for (const words of Object.values(change)) if (typeof words === 'string') expect(answer.text).not.toContain(words)
    expect(answer.text).not.toContain('quagmire')
  })

  test('a model takes a credential of kind model of its own workspace only', async () => {
    const publishWith = async (id: string) => {
      const model = { kind: 'openai_compatible' as const, provider: 'openai' as const, model: 'm', credential_id: id }
      const agent = await draftAgent(api.a, scriptedDocument({ model }))
      return api.a.call('POST', `/v1/agents/${agent.id}/publish`, { body: {} })
    }
    expect((await publishWith((await made()).id)).status).toBe(201)
    const voice = credentialSchema.parse((await create({ kind: 'voice' })).body)
    expect((await publishWith(voice.id)).code()).toBe('credential.kind_mismatch')
    const owner = await api.b.makeOperatorToken()
    const theirs = credentialSchema.parse(
      (await api.b.call('POST', '/v1/credentials', { credential: owner, body })).body,
    )
    expect((await publishWith(theirs.id)).code()).toBe('credential.missing')
  })

  /** Who may write agents may read no key, and no server of a builder's own gets one. */
  describe('without a base_url', () => {
    const agentWith = async (provider: string, baseUrl: string) => {
      const { id } = credentialSchema.parse((await create({ provider })).body)
      const model = {
        kind: 'openai_compatible',
        provider: 'custom',
        base_url: baseUrl,
        model: 'm',
        credential_id: id,
      } as const
      return api.a.call('POST', '/v1/agents', {
        credential: await api.a.makeOperatorToken('builder'),
        body: { name: 'collector', document: scriptedDocument({ model }) },
      })
    }

    test.each(['openai', 'groq', 'mistral', 'openrouter', 'together'])(
      'a key of %s does not go to a server of a builder',
      async (provider) => {
        const { status, code, pointers } = await agentWith(provider, 'https://collector.example.com/v1')
        expect([status, code(), pointers()]).toEqual([422, 'credential.address_mismatch', ['/document/model/base_url']])
      },
    )

    test.each([
      ['openai', 'https://api.openai.com/v1', 'its provider'],
      ['openai', 'http://127.0.0.1:9/v1', 'what the installation has opened'],
      ['custom', 'https://gateway.example.com/v1', 'wherever its agent says, where we know no provider of that name'],
    ])('a key of %s goes to %s: %s', async (provider, url) => {
      expect((await agentWith(provider, url)).status).toBe(201)
    })
  })
})
