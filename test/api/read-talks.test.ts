/** An operator looks at a talk every few seconds: that keeps nobody waiting and opens nothing twice. On a real database. */
import { decodeId, escalationSchema, pageSchema } from '@hyponema/contract'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readTalk } from '../../packages/server/src/features/escalations/public.ts'
import { createContentKeys } from '../../packages/server/src/guards/content-keys.ts'
import { keyringKeyService } from '../../packages/server/src/platform/crypto/keyring-key-service.ts'
import { scriptedDocument } from './agent-documents.ts'
import { type Api, newId, openApi } from './api-harness.ts'
import { createdSession, publishedAgent } from './made-things.ts'
import { say } from './talk.ts'
import { TracedStatements } from './traced-statements.ts'

const traced = new TracedStatements()
let api: Api
beforeAll(async () => {
  api = await openApi({ wrapDatabase: (database) => traced.listen(database) })
})
afterAll(() => api.close())

async function claimedTalk() {
  const rule = { name: 'person', triggers: { explicit_wish: true } }
  const agent = await publishedAgent(api.a, scriptedDocument({ policy: { escalation_rules: [rule] } }))
  const session = await createdSession(api.a, agent)
  await say(api, session, 'Can I talk to a human, please?')
  const key = await api.a.makeKey(['escalations:read', 'escalations:write'])
  const listed = pageSchema(escalationSchema).parse((await api.a.call('GET', '/v1/escalations')).body).data
  const id = listed.find(({ session_id }) => session_id === session.id)?.id ?? ''
  expect((await api.a.call('POST', `/v1/escalations/${id}/claim`, { credential: key, body: {} })).status).toBe(200)
  const uuid = decodeId('escalation', id)
  if (uuid === undefined) throw new Error('nobody was called')
  return { session, key, id, uuid }
}

test('a talk is read while its escalation is being changed', async () => {
  const { key, id, uuid } = await claimedTalk()
  const answer = await api.installation.database.withWorkspace(api.a.scope, async (tx) => {
    await tx.db.selectFrom('tenant.escalations').select('id').where('id', '=', uuid).forUpdate().execute()
    return Promise.race([
      api.a.call('GET', `/v1/escalations/${id}/messages`, { credential: key }),
      new Promise<undefined>((resolve) => setTimeout(resolve, 4_000, undefined)),
    ])
  })
  expect(answer?.status).toBe(200)
})

test('a talk in which nothing was said or written since is not read again', async () => {
  const { session, key, id, uuid } = await claimedTalk()
  const epochKeys = keyringKeyService(api.installation.keyring, 'epoch')
  const contentKeys = createContentKeys({ epochKeys, newId })
  const claimedBy = await api.ask<{ claimed_by: string }>('select claimed_by from tenant.escalations where id = $1', [
    uuid,
  ])
  const keyId = decodeId('apiKey', claimedBy[0]?.claimed_by ?? '')
  if (keyId === undefined) throw new Error('claimed by no key')
  const principal = {
    kind: 'api_key',
    scope: api.a.scope,
    id: keyId,
    scopes: new Set<never>(),
    agents: undefined,
  } as const
  const look = (seen?: string) =>
    traced.during(() =>
      api.installation.database.withWorkspace(api.a.scope, (tx) =>
        readTalk(tx, { principal, id: uuid, contentKeys, clock: api.clock, seen }),
      ),
    )
  const first = await look()
  expect(first.result.data?.length).toBeGreaterThan(1)
  const second = await look(first.result.mark)
  expect(second.result).toEqual({ mark: first.result.mark })
  expect(second.statements.filter((text) => text.includes('content'))).toEqual([])
  expect(first.statements.filter((text) => text.includes('content'))).not.toEqual([])
  await say(api, session, 'say are you there')
  const third = await look(first.result.mark)
  expect(third.result.data?.at(-1)?.text).toBe('are you there')
  const body = { text: 'Yes.' }
  expect((await api.a.call('POST', `/v1/escalations/${id}/messages`, { credential: key, body })).status).toBe(201)
  expect((await look(third.result.mark)).result.data?.at(-1)).toMatchObject({ text: 'Yes.', is_delivered: false })
})
