/** The life of a credential over the API: rotated with a grace, revoked, deleted. */
import { credentialSchema, credentialVersionSchema, pageSchema, type Uuid } from '@hyponema/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { credentialJobs } from '../../packages/server/src/features/credentials/public.ts'
import { createDispatchRunner, type DispatchRunner } from '../../packages/server/src/platform/jobs/dispatch-runner.ts'
import { type Api, newId, openApi } from './api-harness.ts'
import { auditedActions } from './audited-actions.ts'
import { bareId } from './made-things.ts'

const secret = 'sk-quagmire-0123456789-zZ9q'
const nextSecret = 'sk-quagmire-9876543210-yY8p'

describe('versions of a credential', () => {
  let api: Api
  let credential: string
  let worker: DispatchRunner
  const failures: unknown[] = []
  beforeAll(async () => {
    api = await openApi()
    credential = await api.a.makeOperatorToken('admin')
    const jobs = credentialJobs({ clock: api.clock, newId })
    worker = createDispatchRunner({
      database: api.installation.database,
      claimant: newId(),
      handlers: { credential_version: jobs.endGrace },
      onError: (error) => failures.push(error),
    })
  })
  afterAll(() => api.close())

  const post = async (path: string, body?: object, headers: Record<string, string> = {}) => {
    credential = await api.a.makeOperatorToken('admin')
    return api.a.call('POST', path, { credential, body, headers })
  }
  const made = async (change: object = {}) => {
    const body = { kind: 'model', provider: 'openai', label: 'Main', secret, ...change }
    const one = credentialSchema.parse((await post('/v1/credentials', body)).body)
    return { id: one.id, uuid: bareId('credential', one.id), path: `/v1/credentials/${one.id}` }
  }
  const rotate = (path: string, change: object = {}) => post(`${path}/rotate`, { secret: nextSecret, ...change })
  const read = async (path: string) =>
    credentialSchema.parse((await api.a.call('GET', path, { credential: await api.a.makeOperatorToken('admin') })).body)
  const versions = async (path: string) => {
    const answer = await api.a.call('GET', `${path}/versions`, { credential: await api.a.makeOperatorToken('admin') })
    return pageSchema(credentialVersionSchema).parse(answer.body).data
  }
  const stored = (id: Uuid) =>
    api.ask<{ version: number; sealed: Buffer | null; wrapped_key: Buffer | null; kek_id: string | null }>(
      'select version, sealed, wrapped_key, kek_id from tenant.credential_versions where credential_id = $1 order by version',
      [id],
    )
  const work = async (id: Uuid) => {
    await api.ask(`update app.dispatch set due_at = now() - interval '1 second' where ref = $1`, [id])
    await worker.runOnce()
    expect(failures).toEqual([])
  }

  test('a hint is four characters of a long secret and none of a short one', async () => {
    expect(await read((await made()).path)).toMatchObject({ hint: 'zZ9q', state: 'active', failing_since: null })
    expect(await read((await made({ secret: 'fifteen-letters' })).path)).toMatchObject({ hint: '' })
    expect(await read((await made({ secret: 'sixteen-letters!' })).path)).toMatchObject({ hint: 'ers!' })
  })

  test('a rotation makes a new current version and gives the old one a grace of a day', async () => {
    const { path, uuid } = await made()
    const answer = await rotate(path)
    expect(answer.status).toBe(201)
    expect(credentialVersionSchema.parse(answer.body)).toMatchObject({ version: 2, state: 'current', hint: 'yY8p' })
    expect(answer.text).not.toContain('quagmire')
    expect(await read(path)).toMatchObject({ version: 2, hint: 'yY8p', state: 'active' })
    const [current, old] = await versions(path)
    expect(current).toMatchObject({
      version: 2,
      state: 'current',
      revoke_after: null,
      created_by: expect.stringMatching(/^opr_/),
    })
    expect(old).toMatchObject({ version: 1, state: 'in_grace', hint: 'zZ9q', revoked_at: null })
    const graceMs = Date.parse(old?.revoke_after ?? '') - api.clock.nowMs()
    expect(graceMs).toBeGreaterThan(86_000_000)
    expect(graceMs).toBeLessThanOrEqual(86_400_000)
    const [event] = await auditedActions(api, api.a.id, 'credential.rotated')
    expect(event).toMatchObject({ before: { version: 1 }, after: { version: 2 } })
    expect((await stored(uuid)).every(({ sealed }) => sealed !== null)).toBe(true)
  })

  test('when the grace is over the worker takes the bytes, and says so in the log', async () => {
    const { path, uuid, id } = await made()
    await rotate(path, { grace_seconds: 600 })
    await work(uuid)
    expect((await versions(path))[1]).toMatchObject({ state: 'in_grace' })
    api.pass(600_000)
    expect((await versions(path))[1]).toMatchObject({ state: 'revoked', revoked_at: null })
    await work(uuid)
    expect(await stored(uuid)).toMatchObject([
      { version: 1, sealed: null, wrapped_key: null, kek_id: null },
      { version: 2, kek_id: expect.any(String) },
    ])
    expect((await versions(path))[1]).toMatchObject({
      state: 'revoked',
      revoked_by: null,
      revoked_at: expect.any(String),
    })
    const [event] = await auditedActions(api, api.a.id, 'credential.version_revoked')
    expect(event).toMatchObject({ actor: { kind: 'system', id: 'worker' }, target: { id }, after: { versions: [1] } })
    expect(await api.ask('select 1 from app.dispatch where ref = $1', [uuid])).toEqual([])
  })

  test('a later rotation never gives an old version longer, and the worker ends each at its time', async () => {
    const { path, uuid } = await made()
    await rotate(path, { grace_seconds: 60 })
    await rotate(path, { grace_seconds: 3600 })
    const [, second, first] = await versions(path)
    expect(Date.parse(first?.revoke_after ?? '')).toBeLessThan(Date.parse(second?.revoke_after ?? ''))
    api.pass(60_000)
    await work(uuid)
    expect((await stored(uuid)).map(({ sealed }) => sealed === null)).toEqual([true, false, false])
    api.pass(3_600_000)
    await work(uuid)
    expect((await stored(uuid)).map(({ sealed }) => sealed === null)).toEqual([true, true, false])
  })

  test('without a grace the old bytes are gone with the rotation', async () => {
    const { path, uuid } = await made()
    await rotate(path, { grace_seconds: 0 })
    expect((await stored(uuid)).map(({ sealed }) => sealed === null)).toEqual([true, false])
  })

  test.each([
    [{ grace_seconds: -1 }, '/grace_seconds'],
    [{ grace_seconds: 2_592_001 }, '/grace_seconds'],
    [{ grace_seconds: 1.5 }, '/grace_seconds'],
    [{ secret: 'short' }, '/secret'],
    [{ label: 'other' }, '/label'],
  ])('refuses a rotation with %j', async (change, pointer) => {
    const { path } = await made()
    const answer = await rotate(path, change)
    expect([answer.status, answer.pointers()]).toEqual([422, [pointer]])
    expect(answer.text).not.toContain('quagmire')
  })

  test('a repeated rotation under one key makes one version', async () => {
    const { path } = await made()
    const headers = { 'idempotency-key': `rotate-${path}` }
    const first = await post(`${path}/rotate`, { secret: nextSecret }, headers)
    const again = await post(`${path}/rotate`, { secret: nextSecret }, headers)
    expect([again.status, again.body]).toEqual([201, first.body])
    expect(await versions(path)).toHaveLength(2)
  })

  test('revoking takes the bytes of every version at once, for good, and twice is once', async () => {
    const { path, uuid, id } = await made()
    await rotate(path)
    const first = await post(`${path}/revoke`)
    expect(credentialSchema.parse(first.body)).toMatchObject({ state: 'revoked', revoked_at: expect.any(String) })
    expect((await post(`${path}/revoke`)).body).toEqual(first.body)
    expect((await stored(uuid)).every((row) => row.sealed === null && row.wrapped_key === null)).toBe(true)
    for (const one of await versions(path))
      expect(one).toMatchObject({ state: 'revoked', revoked_by: expect.stringMatching(/^opr_/) })
    const events = await auditedActions(api, api.a.id, 'credential.revoked')
    expect(events.filter(({ target }) => target.id === id)).toMatchObject([{ after: { versions: [1, 2] } }])
    expect((await rotate(path)).code()).toBe('credential.revoked')
    expect((await post(`${path}/test`)).code()).toBe('credential.revoked')
  })

  test('one version is revoked alone; without its current one a credential is unusable until it is rotated', async () => {
    const { path, uuid } = await made()
    const answer = await post(`${path}/versions/1/revoke`)
    expect(credentialVersionSchema.parse(answer.body)).toMatchObject({ version: 1, state: 'revoked' })
    expect((await post(`${path}/versions/1/revoke`)).body).toEqual(answer.body)
    expect(await read(path)).toMatchObject({ state: 'unusable', revoked_at: null })
    expect((await stored(uuid))[0]).toMatchObject({ sealed: null })
    expect((await rotate(path)).status).toBe(201)
    expect(await read(path)).toMatchObject({ state: 'active', version: 2 })
    for (const version of ['0', '3', '01', '-1', '1.0', 'x', '2147483648', '99999999999'])
      expect([version, (await post(`${path}/versions/${version}/revoke`)).status]).toEqual([version, 404])
  })

  test('a version whose grace is over can still be revoked, because sessions may hold it', async () => {
    const { path } = await made()
    await rotate(path, { grace_seconds: 0 })
    const answer = credentialVersionSchema.parse((await post(`${path}/versions/1/revoke`)).body)
    expect(answer).toMatchObject({ state: 'revoked', revoked_by: expect.stringMatching(/^opr_/) })
  })

  test('the database refuses a revoked version with bytes and a live one without', async () => {
    const { uuid } = await made()
    for (const change of [
      'revoked_at = now()',
      'sealed = null',
      "revoked_by = 'x'",
      'kek_id = null, revoked_at = now()',
    ])
      await expect(
        api.ask(`update tenant.credential_versions set ${change} where credential_id = $1`, [uuid]),
      ).rejects.toMatchObject({ code: '23514' })
  })

  test('the signing secret of an endpoint is neither made, rotated, revoked, tested nor deleted here', async () => {
    for (const provider of ['standard_webhooks', 'standard_webhooks_ed25519'])
      expect((await post('/v1/credentials', { kind: 'webhook', provider, label: 'x', secret })).pointers()).toEqual([
        '/provider',
      ])
    const { path, uuid } = await made({ kind: 'webhook', provider: 'other' })
    await api.ask(`update tenant.credentials set provider = 'standard_webhooks' where id = $1`, [uuid])
    const answers = [
      await rotate(path),
      await post(`${path}/revoke`),
      await post(`${path}/versions/1/revoke`),
      await post(`${path}/test`),
      await api.a.call('DELETE', path, { credential }),
    ]
    for (const answer of answers) expect([answer.status, answer.code()]).toEqual([409, 'credential.managed'])
    expect((await stored(uuid))[0]?.sealed).not.toBeNull()
  })

  test('rotations at once follow each other: every secret has its version, one is current', async () => {
    const { path, uuid } = await made()
    const answers = await Promise.all([1, 2, 3, 4].map(() => rotate(path, { grace_seconds: 60 })))
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201, 201])
    expect((await versions(path)).map(({ version, state }) => [version, state])).toEqual([
      [5, 'current'],
      [4, 'in_grace'],
      [3, 'in_grace'],
      [2, 'in_grace'],
      [1, 'in_grace'],
    ])
    expect(await stored(uuid)).toHaveLength(5)
  })

  test('a rotation beside a deletion or a revocation leaves one of both, never half', async () => {
    for (const end of ['delete', 'revoke'] as const) {
      const { path, uuid } = await made()
      const [rotated, ended] = await Promise.all([
        rotate(path),
        end === 'delete' ? api.a.call('DELETE', path, { credential }) : post(`${path}/revoke`),
      ])
      expect(ended.status).toBeLessThan(300)
      expect([201, 404, 409]).toContain(rotated.status)
      const live = (await stored(uuid)).filter(({ sealed }) => sealed !== null)
      expect(live).toEqual([])
    }
  })
})
