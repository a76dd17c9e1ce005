/** HTTP tools in conversations, against a tool server on loopback behind the real outbound door. */
import { credentialOpeningSchema, credentialSchema, pageSchema, problemSchema, type Uuid } from '@hyponema/contract'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { createContentKeys } from '../../packages/server/src/guards/content-keys.ts'
import { keyringKeyService } from '../../packages/server/src/platform/crypto/keyring-key-service.ts'
import type { SealedContent } from '../../packages/server/src/platform/crypto/sealed-content.ts'
import { scriptedDocument } from './agent-documents.ts'
import { type Api, newId, openApi } from './api-harness.ts'
import { auditedActions } from './audited-actions.ts'
import { type FakeToolServer, startFakeToolServer } from './fake-tool-server.ts'
import { bareId, createdSession, type MadeAgent, publishedAgent } from './made-things.ts'
import { tablesThatHold } from './tables-that-hold.ts'
import { open, say } from './talk.ts'

const key = 'quagmire-tool-key-0123456789-abcdefghij'
const patience = { timeout: 10_000 }

describe('HTTP tools in conversations', () => {
  let api: Api
  let server: FakeToolServer
  let agent: MadeAgent
  beforeAll(async () => {
    server = await startFakeToolServer()
    api = await openApi({ outboundDoor: server.door })
    agent = await publishedAgent(api.a, documentWith())
  })
  afterAll(async () => {
    await api.close()
    await server.close()
  })

  const rule = (when: string, name: string, args: Record<string, string>) => ({
    when: [when],
    tool: { name, arguments: args },
    then_say: ['It said: {{result.text}}.'],
    else_say: ['Sorry. {{result.error}}'],
  })
  const tool = (change: object = {}) => ({
    kind: 'http' as const,
    name: 'ask',
    description: 'Asks',
    url: `${server.origin}/v1/{what}`,
    arguments: {
      type: 'object',
      properties: { what: { type: 'string' } },
      required: ['what'],
      additionalProperties: false,
    },
    // Three tries and the pauses between them, on a machine that has other work.
    timeout_ms: 3000,
    ...change,
  })
  const documentWith = (change: object = {}, more: object = {}) =>
    scriptedDocument({
      model: {
        kind: 'scripted' as const,
        script: {
          rules: [rule('^ ask *', 'ask', { what: '{{rest}}' }), rule('^ book *', 'book', { note: '{{rest}}' })],
        },
      },
      tools: [
        tool(change),
        tool({
          name: 'book',
          method: 'POST',
          url: `${server.origin}/v1/twice`,
          idempotent: true,
          arguments: { type: 'object', additionalProperties: true },
        }),
      ],
      ...more,
    })
  const operator = async (method: string, path: string, body?: object) =>
    api.a.call(method, path, { credential: await api.a.makeOperatorToken('admin'), body })
  const seal = async (change: object = {}) => {
    const body = {
      kind: 'internal_api',
      provider: 'clinic',
      label: 'l',
      secret: key,
      base_url: server.origin,
      ...change,
    }
    const { id } = credentialSchema.parse((await operator('POST', '/v1/credentials', body)).body)
    return { id, uuid: bareId('credential', id) }
  }
  const sentTo = (path: string) => server.requests.filter(({ url }) => url === path)
  const session = (one: MadeAgent = agent) => createdSession(api.a, one, { user_id: newId() })

  test('an answer of the tool is in the answer of the agent, and nobody is shown more than its name', async () => {
    const heard = await say(api, await session(), 'ask good')
    expect(heard.text).toContain('It said: It is at nine thirty.')
    expect(heard.names).toEqual(expect.arrayContaining(['tool_call', 'tool_result']))
    const call = heard.events.find(({ event }) => event === 'tool_call')
    expect(call?.data).toEqual({ turn_id: expect.any(String), call_id: 'call_1', name: 'ask' })
  })

  test('a call that is repeated bears one key for both, and another call another', async () => {
    const one = await session()
    const seen = sentTo('/v1/twice').length
    expect((await say(api, one, 'book a')).text).toContain('It said')
    await say(api, one, 'book b')
    // What the first one answered is in the prompt by now.
    await say(api, one, 'yes')
    const keys = sentTo('/v1/twice')
      .slice(seen)
      .map(({ headers, body }) => [headers['idempotency-key'], body])
    expect(keys).toHaveLength(4)
    expect(keys[0]).toEqual(keys[1])
    expect(keys[2]).toEqual(keys[3])
    expect(keys[0]?.[0]).not.toBe(keys[2]?.[0])
    expect(keys.map(([, body]) => body)).toEqual(['{"note":"a"}', '{"note":"a"}', '{"note":"b"}', '{"note":"b"}'])
  })

  test.each([
    ['hang', 'did not answer in time'],
    ['drip', 'did not answer in time'],
    ['fail', 'has a problem at the moment'],
    ['flood', 'answered with more text than can be read'],
    ['long', 'answered with more text than can be read'],
    ['inwards', 'could not be reached at its address'],
    ['broken', 'answered with something that cannot be read'],
    ['page', 'answered with something that cannot be read'],
    ['bomb', 'The connection to the other system failed'],
    ['cut', 'The connection to the other system failed'],
  ])('a tool that does this: %s, is told in a sentence, and the conversation goes on', async (what, sentence) => {
    const one = await session()
    const heard = await say(api, one, `ask ${what}`)
    expect(heard.text).toContain(sentence)
    expect(heard.last).toMatchObject({ event: 'turn_end' })
    expect(heard.raw).not.toMatch(/SQL|169\.254|127\.0\.0\.1/)
    expect((await say(api, one, 'ask good')).text).toContain('It is at nine thirty')
    await vi.waitFor(() => expect(server.isOpen(`/v1/${what}`)).toBe(false), patience)
    const turns = await api.a.call('GET', `/v1/sessions/${one.id}/turns`)
    expect(turns.status).toBe(200)
    expect(turns.text).not.toMatch(/SQL|169\.254/)
  })

  test('a tool that hangs holds nobody up but its own session', async () => {
    const [slow, quick] = await Promise.all([session(), session()])
    const waiting = await open(api, slow, 'ask hang')
    await waiting.until('tool_call')
    expect((await say(api, quick, 'ask good')).text).toContain('It is at nine thirty')
    expect((await waiting.rest()).text).toContain('did not answer in time')
  })

  test('what a tool says to the model is an answer and no rule', async () => {
    const one = await session()
    const heard = await say(api, one, 'ask rules')
    expect(heard.last).toMatchObject({ event: 'turn_end' })
    expect((await say(api, one, 'ask good')).text).toContain('It is at nine thirty')
  })

  test.each(['..', '../admin', '..%2fadmin', '%2e%2e', '%252e%252e', 'a/b', 'a\\b', '．．', 'x'.repeat(3000)])(
    'an argument stays where it belongs: %j',
    async (what) => {
      const before = server.requests.length
      const heard = await say(api, await session(), `ask ${what}`)
      expect(heard.text).toContain('Sorry. The arguments do not fit')
      expect(server.requests.length).toBe(before)
    },
  )

  test.each(['@evil.example', 'evil.example:443', 'a?b=c', 'a#b', 'a&b=c', 'a:80'])(
    'an argument is one segment, whatever it looks like: %j',
    async (what) => {
      const before = server.requests.length
      await say(api, await session(), `ask ${what}`)
      expect(server.requests.slice(before).map(({ url }) => url)).toEqual([`/v1/${encodeURIComponent(what)}`])
    },
  )

  describe('with a sealed key', () => {
    const withKey = async (change: object = {}, more: object = {}) => {
      const sealed = await seal()
      const auth = { credential_id: sealed.id }
      return { ...sealed, agent: await publishedAgent(api.a, documentWith({ auth, ...change }, more)) }
    }

    test('send it, count it, and hold it nowhere, though the tool says it back', async () => {
      const { id, agent: own } = await withKey({ visible: true })
      const one = await session(own)
      const heard = await say(api, one, 'ask echo')
      expect(sentTo('/v1/echo').at(-1)?.headers.authorization).toBe(`Bearer ${key}`)
      expect(heard.text).toContain('It said: You sent')
      expect(heard.text).toContain('[secret]')
      await say(api, one, 'ask fail')
      await api.a.call('POST', `/v1/sessions/${one.id}/end`, { body: {} })
      const read = await Promise.all(
        ['turns', 'decisions', 'traces'].map((part) => api.a.call('GET', `/v1/sessions/${one.id}/${part}`)),
      )
      for (const text of [heard.raw, ...read.map((answer) => answer.text), ...(await told(one.uuid)), ...api.logged]) {
        for (let at = 0; at + 12 <= key.length; at += 1) expect(text).not.toContain(key.slice(at, at + 12))
      }
      expect(await tablesThatHold(api, key)).toEqual([])
      const openings = await operator('GET', `/v1/credentials/${id}/openings`)
      expect(pageSchema(credentialOpeningSchema).parse(openings.body).data).toMatchObject([
        { session_id: one.id, version: 1, purpose: 'tool', openings: 2 },
      ])
      const events = await auditedActions(api, api.a.id, 'credential.opened')
      expect(events.filter(({ target }) => target.id === id)).toMatchObject([{ after: { purpose: 'tool' } }])
    })

    test('do without it once it was revoked: nothing is sent, the conversation goes on, and the next one begins', async () => {
      const { id, uuid, agent: own } = await withKey()
      const one = await session(own)
      await say(api, one, 'ask good')
      expect((await operator('POST', `/v1/credentials/${id}/revoke`)).status).toBe(200)
      await wake(uuid)
      const before = server.requests.length
      const later = await session(own)
      for (const each of [one, later]) {
        expect((await say(api, each, 'ask good')).text).toContain('did not let us in')
        expect((await say(api, each, 'hello')).last).toMatchObject({ event: 'turn_end' })
      }
      expect(server.requests.length).toBe(before)
    })

    /** What endpoints would be told about the person of a session. */
    const told = async (sessionId: Uuid): Promise<readonly string[]> => {
      const rows = await api.ask<{ id: Uuid; body: SealedContent; user_id: Uuid }>(
        'select id, body, user_id from tenant.outbox where user_id = (select user_id from tenant.sessions where id = $1)',
        [sessionId],
      )
      const keys = createContentKeys({ epochKeys: keyringKeyService(api.installation.keyring, 'epoch'), newId })
      return api.installation.database.withWorkspace(api.a.scope, async (tx) =>
        Promise.all(
          rows.map(async ({ id, body, user_id: userId }) =>
            (await keys.forUser(tx, userId)).open({ table: 'outbox', column: 'body', rowId: id }, body, 'delivery'),
          ),
        ),
      )
    }

    async function wake(uuid: Uuid): Promise<void> {
      const [row] = await api.ask<{ id: Uuid }>(
        `select id from tenant.signals where kind = 'credential.revoked' and ref = $1 order by id desc limit 1`,
        [uuid],
      )
      if (row === undefined) throw new Error('nothing was signalled')
      await api.host.onSignal({ workspaceId: api.a.id, signalId: row.id })
    }

    test('are not published with a key that may go elsewhere, is of another kind, or is not there', async () => {
      const publish = async (change: object) => {
        const made = await api.a.call('POST', '/v1/agents', { body: { name: 'T', document: documentWith(change) } })
        if (made.status !== 201) return [made.code(), made.pointers()]
        const { id } = Object(made.body)
        const published = await api.a.call('POST', `/v1/agents/${id}/publish`, { body: {} })
        return published.status === 201 ? 'published' : [published.code(), published.pointers()]
      }
      const elsewhere = await seal({ base_url: 'https://clinic.example' })
      const unbound = await seal({ base_url: undefined })
      const model = await seal({ kind: 'model', provider: 'custom' })
      const own = await seal()
      const authOf = ({ id }: { id: string }) => ({ auth: { credential_id: id } })
      expect(await publish(authOf(elsewhere))).toEqual(['credential.address_mismatch', ['/document/tools/0/url']])
      expect(await publish(authOf(own))).toBe('published')
      expect(await publish({ ...authOf(own), url: 'https://evil.example/{what}' })).toEqual([
        'credential.address_mismatch',
        ['/document/tools/0/url'],
      ])
      // What the installation has opened is its own; nobody in a workspace can open more.
      expect(await publish(authOf(unbound))).toBe('published')
      expect(await publish({ ...authOf(unbound), url: 'https://evil.example/{what}' })).toEqual([
        'credential.address_mismatch',
        ['/document/tools/0/url'],
      ])
      expect(await publish(authOf(model))).toEqual(['credential.kind_mismatch', ['/tools/0/auth/credential_id']])
      const gone = await seal()
      await operator('DELETE', `/v1/credentials/${gone.id}`)
      expect(await publish(authOf(gone))).toEqual(['credential.missing', ['/tools/0/auth/credential_id']])
    })
  })

  describe('are looked at when an agent is saved', () => {
    const save = (document: object) => api.a.call('POST', '/v1/agents', { body: { name: 'T', document } })

    test('with a pointer for each wrong place', async () => {
      const change = {
        url: 'https://{what}.example.com/a',
        query: { a: '{who}' },
        headers: { 'x-a': '{{nobody}}', authorization: 'Bearer x' },
      }
      const refused = await save(documentWith(change))
      expect([refused.status, refused.code(), refused.pointers()]).toEqual([
        422,
        'request.invalid',
        ['/url', '/query/a', '/headers/x-a', '/headers/authorization'].map((end) => `/document/tools/0${end}`),
      ])
      const schema = await save(
        documentWith({ arguments: { type: 'object', properties: { what: { pattern: '(?=a)' } } } }),
      )
      expect(schema.pointers()).toEqual(['/document/tools/0/arguments/properties/what/pattern'])
      const made = await save(documentWith({}, { dynamic_variables: [{ name: 'tenant' }] }))
      const { id } = Object(made.body)
      const document = documentWith({ headers: { 'x-a': '{{tenant}}' } }, { dynamic_variables: [{ name: 'tenant' }] })
      expect((await api.a.call('PATCH', `/v1/agents/${id}`, { body: { document } })).status).toBe(200)
      const worse = documentWith({ headers: { 'x-a': '{{tenant}}' } })
      const updated = await api.a.call('PATCH', `/v1/agents/${id}`, { body: { document: worse } })
      expect([updated.code(), updated.pointers()]).toEqual(['request.invalid', ['/document/tools/0/headers/x-a']])
    })

    test('with what to write instead, where a name is of nothing', async () => {
      const details = async (document: object) => {
        const { errors = [] } = problemSchema.parse((await save(document)).body)
        return errors.map(({ pointer, detail }) => [pointer, detail])
      }
      expect(await details(documentWith({ headers: { 'x-a': '{{patient}}', 'x-b': '{{system__nothing}}' } }))).toEqual([
        ['/document/tools/0/headers/x-a', 'the agent has no dynamic variable patient; declare it in dynamic_variables'],
        ['/document/tools/0/headers/x-b', 'there is no system variable system__nothing'],
      ])
      const [slip] = await details(scriptedDocument({ tools: ['end_call'] }))
      expect(slip).toEqual([
        expect.stringMatching(/^\/document\/model\/script\/rules\/\d+\/tool\/name$/),
        'the agent has no tool of this name; name it in tools, or correct it (known: end_call)',
      ])
      const server = { kind: 'mcp' as const, name: 'book', url: 'https://198.51.100.1/mcp' }
      expect((await save(scriptedDocument({ tools: [server] }))).pointers()).toEqual(['/document/tools/0/url'])
    })

    test('and never call an address inside, nor a server that could take the name of another tool', async () => {
      const inside = await save(documentWith({ url: 'https://crm.inside.example/{what}' }))
      expect([inside.code(), inside.pointers()]).toEqual(['outbound.address_refused', ['/document/tools/0/url']])
      const mcp = { kind: 'mcp' as const, name: 'a', url: 'http://169.254.169.254/mcp' }
      const metadata = await save(scriptedDocument({ tools: ['book_slot', mcp] }))
      expect([metadata.code(), metadata.pointers()]).toEqual(['outbound.address_refused', ['/document/tools/1/url']])
      const taken = { kind: 'mcp' as const, name: 'book', url: 'https://mcp.example.com' }
      const refused = await save(scriptedDocument({ tools: ['book_slot', taken] }))
      expect([refused.code(), refused.pointers()]).toEqual(['request.invalid', ['/document/tools/1/name']])
    })
  })
})
