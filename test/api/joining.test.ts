/** The first message of a session: it is claimed and made in one transaction, or stays as it was. */
import { sessionSchema } from '@hyponema/contract'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { loadSession } from '../../packages/server/src/conversation/load-session.ts'
import { readUsage } from '../../packages/server/src/features/sessions/public.ts'
import { type ContentKeys, createContentKeys } from '../../packages/server/src/guards/content-keys.ts'
import { SessionBudgets } from '../../packages/server/src/guards/session-budgets.ts'
import { TokenBuckets } from '../../packages/server/src/guards/token-buckets.ts'
import { keyringKeyService } from '../../packages/server/src/platform/crypto/keyring-key-service.ts'
import { providerDocument, scriptedDocument } from './agent-documents.ts'
import { type Api, newId, openApi } from './api-harness.ts'
import { joinRequest } from './join-request.ts'
import { createdSession, type MadeSession, publishedAgent } from './made-things.ts'
import { refused, say, send } from './talk.ts'

describe('joining a session', () => {
  let api: Api
  beforeAll(async () => {
    api = await openApi()
  })
  afterAll(() => api.close())

  const read = async (session: MadeSession) =>
    sessionSchema.parse((await api.a.call('GET', `/v1/sessions/${session.id}`)).body)
  const expectUnclaimed = async (session: MadeSession) => {
    expect(await read(session)).toMatchObject({ status: 'pending', started_at: null, turn_count: 0 })
    const leases = await api.ask("select 1 from app.dispatch where kind = 'session_lease' and ref = $1", [session.uuid])
    const told = await api.ask(
      "select 1 from tenant.sessions where id = $1 and (owner_boot is not null or status = 'in_progress')",
      [session.uuid],
    )
    expect([leases, told, api.host.liveCount]).toEqual([[], [], 0])
  }
  /** A version that no request could have published: rules have become stricter since, or somebody wrote it by hand. */
  const pinToVersion = async (session: MadeSession, path: string, value: unknown) => {
    await api.ask(
      `insert into tenant.agent_versions (workspace_id, agent_id, version, document, sha256, published_by)
       select v.workspace_id, v.agent_id, 2, jsonb_set(v.document, $2::text[], $3::jsonb), v.sha256, v.published_by
       from tenant.agent_versions v join tenant.sessions s on s.agent_id = v.agent_id where s.id = $1`,
      [session.uuid, path, JSON.stringify(value)],
    )
    await api.ask('update tenant.sessions set agent_version = 2 where id = $1', [session.uuid])
    // The layers under which it began: with the policy of that version, where it has another one.
    if (path === '{policy,no_go_zones}') {
      await api.ask(
        `with broken as (
           insert into tenant.policy_texts (workspace_id, sha256, layers)
           select t.workspace_id, sha256(t.sha256), jsonb_set(t.layers, '{0,document,no_go_zones}', $2::jsonb)
           from tenant.policy_texts t join tenant.sessions s on s.workspace_id = t.workspace_id and s.policy_sha256 = t.sha256
           where s.id = $1 returning sha256)
         update tenant.sessions set policy_sha256 = broken.sha256 from broken where id = $1`,
        [session.uuid, JSON.stringify(value)],
      )
    }
  }

  test.each([
    [
      'whose policy does not compile',
      '{policy,no_go_zones}',
      [{ name: 'broken', regexes: ['('], action: 'redirect', line: 'No.', phrases: [], stages: ['output'] }],
      { code: 'policy.does_not_compile' },
    ],
    [
      'whose base URL has a query',
      '{model}',
      {
        kind: 'openai_compatible',
        provider: 'vllm',
        model: 'm',
        max_output_tokens: 9,
        base_url: 'http://127.0.0.1/v1?',
      },
      // Refused where the document is read, before anything is made of it.
      { name: 'ZodError' },
    ],
    [
      'whose provider needs a key that it has not',
      '{model}',
      { kind: 'openai_compatible', provider: 'openai', model: 'm', max_output_tokens: 9 },
      { code: 'credential.missing' },
    ],
  ])(
    'a session of an agent %s stays as it was, and can begin once that is mended',
    async (_what, path, value, code) => {
      const session = await createdSession(api.a, await publishedAgent(api.a, scriptedDocument()))
      const [{ digest } = { digest: '' }] = await api.ask<{ digest: string }>(
        "select encode(policy_sha256, 'hex') as digest from tenant.sessions where id = $1",
        [session.uuid],
      )
      await pinToVersion(session, path, value)
      await expect(api.host.join(await joinRequest(api, session, 'turn'))).rejects.toMatchObject(code)
      await expectUnclaimed(session)
      await api.ask("update tenant.sessions set agent_version = 1, policy_sha256 = decode($2, 'hex') where id = $1", [
        session.uuid,
        digest,
      ])
      expect((await say(api, session, 'hi')).last).toMatchObject({ event: 'turn_end' })
      await api.a.call('POST', `/v1/sessions/${session.id}/end`)
      await api.host.renewLeases()
    },
  )

  /** Keys as the server makes them, and how many of those that were opened are not wiped yet. */
  const watchedKeys = (): { contentKeys: ContentKeys; open: () => number } => {
    const keys = createContentKeys({ epochKeys: keyringKeyService(api.installation.keyring, 'epoch'), newId })
    let open = 0
    const forUser: ContentKeys['forUser'] = async (tx, userId) => {
      const key = await keys.forUser(tx, userId)
      open += 1
      return {
        ...key,
        destroy: () => {
          open -= 1
          key.destroy()
        },
      }
    }
    return { contentKeys: { ...keys, forUser }, open: () => open }
  }

  test.each(['making it', 'its commit'])('what fails at %s leaves no key of the person open', async (where) => {
    const session = await createdSession(api.a, await publishedAgent(api.a, providerDocument()))
    const { contentKeys, open } = watchedKeys()
    const { database } = api.installation
    const make = vi.fn(() => {
      if (where === 'making it') throw new RangeError('cannot be made')
    })
    const loading = loadSession(
      {
        database: {
          withWorkspace: async (scope, work) => {
            return await database.withWorkspace(scope, async (tx) => {
              const made = await work(tx)
              if (where === 'its commit') throw new RangeError('cannot be committed')
              return made
            })
          },
        },
        contentKeys,
        budgets: new SessionBudgets({
          creations: new TokenBuckets({ name: 'sessions', burst: 1, refillPerSecond: 1 }, api.clock),
          readUsage,
          clock: api.clock,
        }),
        clock: api.clock,
        newId,
        bootId: api.bootId,
        processName: 'test',
      },
      await joinRequest(api, session, 'turn'),
      make,
    )
    await expect(loading).rejects.toThrow('cannot be')
    expect([make.mock.calls.length, open()]).toEqual([1, 0])
    await expectUnclaimed(session)
  })

  test('nobody begins a session on a host that drains, and the session stays as it was', async () => {
    const other = await openApi()
    try {
      const session = await createdSession(other.a, await publishedAgent(other.a))
      const drained = other.host.drain()
      expect(await refused(await send(other, session, 'hi'))).toEqual({ status: 503, code: 'server.draining' })
      await drained
      expect((await other.a.call('GET', `/v1/sessions/${session.id}`)).body).toMatchObject({ status: 'pending' })
    } finally {
      await other.close()
    }
  })
})
