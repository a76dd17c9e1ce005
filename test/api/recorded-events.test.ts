/** What the outbox holds is what the catalogue says, is opened as it was written, and is gone with its person. */
import { encodeId, erasedEventBodySchema, eventBodySchema, eventTypes, type Uuid } from '@hyponema/contract'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { sessionJobs } from '../../packages/server/src/features/sessions/public.ts'
import {
  type NewEvent,
  openEvent,
  openEvents,
  recordEvent,
} from '../../packages/server/src/features/webhooks/public.ts'
import { createContentKeys } from '../../packages/server/src/guards/content-keys.ts'
import { AppError } from '../../packages/server/src/kernel/app-error.ts'
import { keyringKeyService } from '../../packages/server/src/platform/crypto/keyring-key-service.ts'
import type { SealedContent } from '../../packages/server/src/platform/crypto/sealed-content.ts'
import { scriptedDocument, zone } from './agent-documents.ts'
import { type Api, newId, openApi } from './api-harness.ts'
import { bareId, createdSession, type MadeSession, publishedAgent } from './made-things.ts'
import { say } from './talk.ts'

type Row = {
  readonly id: Uuid
  readonly type: string
  readonly userId: Uuid | null
  readonly sessionId: Uuid | null
  readonly createdAt: Date
  readonly body: SealedContent
  readonly state: string
}

describe('recorded events', () => {
  let api: Api
  beforeAll(async () => {
    api = await openApi()
  })
  afterAll(() => api.close())

  const newKeys = () => createContentKeys({ epochKeys: keyringKeyService(api.installation.keyring, 'epoch'), newId })
  const rowsOf = (workspaceId: Uuid, ids: readonly Uuid[] | null = null) =>
    api.ask<Row>(
      `select id, type, user_id as "userId", session_id as "sessionId", created_at as "createdAt", body, state
       from tenant.outbox where workspace_id = $1 and ($2::uuid[] is null or id = any($2)) order by id`,
      [workspaceId, ids],
    )
  const opened = (rows: readonly Row[]) =>
    api.installation.database.workerWithWorkspace(api.a.scope, async (tx) => {
      const bodies = await openEvents(tx, rows, newKeys())
      return rows.map(({ id }) => {
        const body = bodies.get(id)
        if (!Buffer.isBuffer(body)) throw new Error(`${id} was not opened`, { cause: body })
        return body
      })
    })
  const record = (event: NewEvent) =>
    api.installation.database.withWorkspace(api.a.scope, (tx) => recordEvent(tx, event))
  const talkTo = async (zones: readonly object[]): Promise<MadeSession> => {
    const document = { ...scriptedDocument(), policy: { no_go_zones: zones } }
    return createdSession(api.a, await publishedAgent(api.a, document), { user_id: newId() })
  }
  const head = () => ({ id: newId(), sessionId: null, contentKeys: newKeys(), createdAt: new Date() })
  const aboutNobody = (text: string): NewEvent => ({
    ...head(),
    type: 'audit.checkpoint',
    userId: null,
    data: { origin: 'log', tree_size: 1, root_hash: 'root', checkpoint: text },
  })
  const about = (userId: Uuid, text: string): NewEvent => ({
    ...head(),
    type: 'transcript.ready',
    userId,
    data: { session_id: text, turn_count: 1 },
  })
  const person = async (): Promise<Uuid> => {
    const made = await api.a.call('POST', '/v1/users', { body: { external_id: newId() } })
    return bareId('user', z.object({ id: z.string() }).parse(made.body).id)
  }
  const textOf = ({ id, type, createdAt, data }: NewEvent) =>
    JSON.stringify({ id: encodeId('event', id), type, created_at: createdAt.toISOString(), data })
  const stored = async (event: NewEvent): Promise<Row> => {
    await record(event)
    const [row] = await rowsOf(api.a.scope.workspaceId, [event.id])
    if (row === undefined) throw new Error('nothing was written')
    return row
  }
  const reading = (row: Row) =>
    api.installation.database.workerWithWorkspace(api.a.scope, (tx) => openEvent(tx, row, newKeys()))

  test('of a real run are what their schemas say, and know their session', async () => {
    const guarded = await talkTo([zone()])
    await say(api, guarded, 'say The forbidden dose is high.')
    const escalated = await talkTo([zone({ action: 'escalate', line: 'I get a colleague.' })])
    await say(api, escalated, 'say A forbidden dose.')
    for (const session of [guarded, escalated]) await api.a.call('POST', `/v1/sessions/${session.id}/end`)
    const jobs = sessionJobs({ contentKeys: newKeys(), clock: api.clock, newId })
    const late = await talkTo([])
    await api.installation.database.workerWithWorkspace(api.a.scope, async (tx) => {
      await jobs.finishSession(tx, guarded.uuid)
      await tx.db
        .updateTable('tenant.sessions')
        .set({ expires_at: new Date(0) })
        .where('id', '=', late.uuid)
        .execute()
      await jobs.expireSession(tx, late.uuid)
    })
    const rows = await rowsOf(api.a.scope.workspaceId)
    expect(new Set(rows.map(({ type }) => type))).toEqual(
      new Set([
        'session.started',
        'session.completed',
        'session.failed',
        'transcript.ready',
        'guard.triggered',
        'escalation.triggered',
      ]),
    )
    const bodies = await opened(rows)
    for (const [index, row] of rows.entries()) {
      const type = z.enum(eventTypes).parse(row.type)
      const body = eventBodySchema(type).parse(JSON.parse(String(bodies[index])))
      expect(bareId('event', body.id)).toBe(row.id)
      expect(body.created_at).toBe(row.createdAt.toISOString())
      const { session_id: sessionId } = z.object({ session_id: z.string() }).parse(body.data)
      expect(bareId('session', sessionId)).toBe(row.sessionId)
    }
  })

  test('come out byte for byte as they were written, whatever their data says, each time', async () => {
    const userId = await person()
    const anyText = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: fc.constantFrom('\ud800', '\udfff', '\u2028', '\u0000', '"', '\\', '\u00e9', 'e\u0301') }),
    )
    await fc.assert(
      fc.asyncProperty(anyText, async (text) => {
        const events = [aboutNobody(text), about(userId, text)]
        const rows = await Promise.all(events.map(stored))
        const written = events.map((event) => Buffer.from(textOf(event), 'utf8'))
        expect(await opened(rows)).toEqual(written)
        expect(await opened(rows)).toEqual(written)
      }),
      { numRuns: 25 },
    )
  })

  test("say only that they were once their person's key is gone, and what is about nobody stays whole", async () => {
    const [gone, other] = [await person(), await person()]
    const events = [about(gone, 'one'), about(other, 'two'), aboutNobody('three')]
    const rows = await Promise.all(events.map(stored))
    await api.ask('delete from tenant.user_keys where user_id = $1', [gone])
    const [erased, ...rest] = await opened(rows)
    expect(erasedEventBodySchema.parse(JSON.parse(String(erased)))).toEqual({
      id: encodeId('event', events[0]?.id ?? gone),
      type: 'transcript.ready',
      created_at: events[0]?.createdAt.toISOString(),
      data: null,
      erased: true,
    })
    expect(rest.map(String)).toEqual(events.slice(1).map(textOf))
  })

  test('that do not open are refused one by one, and never told as erased', async () => {
    const [lost, other] = [await person(), await person()]
    const rows = await Promise.all([about(lost, 'one'), about(other, 'two'), aboutNobody('three')].map(stored))
    const [unwrapped, whole, altered] = rows
    if (unwrapped === undefined || whole === undefined || altered === undefined) throw new Error('not written')
    await api.ask(`update tenant.user_keys set epoch_key_id = 'epoch-7' where user_id = $1`, [lost])
    altered.body.writeUInt8(altered.body.readUInt8(altered.body.length - 1) ^ 1, altered.body.length - 1)
    const bodies = await api.installation.database.workerWithWorkspace(api.a.scope, (tx) =>
      openEvents(tx, rows, newKeys()),
    )
    const codeOf = (row: Row) => {
      const body = bodies.get(row.id)
      return body instanceof AppError ? body.code : 'opened'
    }
    expect([unwrapped, whole, altered].map(codeOf)).toEqual([
      'keyring.key_missing',
      'opened',
      'credential.sealed_unreadable',
    ])
    await expect(reading(altered)).rejects.toMatchObject({ code: 'credential.sealed_unreadable' })
    expect(Buffer.isBuffer(await reading(whole))).toBe(true)
  })

  test('wait for the worker only where an endpoint is enabled, and are written once', async () => {
    const due = async (id: Uuid) =>
      (await api.ask(`select 1 from app.dispatch where kind = 'outbox' and ref = $1`, [id])).length
    const before = aboutNobody('before')
    expect(await stored(before)).toMatchObject({ state: 'dispatched' })
    expect(await due(before.id)).toBe(0)
    await api.ask(
      `with key as (
         insert into tenant.credentials (workspace_id, id, kind, provider, label, hint, created_by)
         values ($1, gen_random_uuid(), 'webhook', 'standard_webhooks', 'webhook', '', 'test') returning id
       )
       insert into tenant.webhooks (workspace_id, id, url, event_types, state, verified_at, hmac_credential_id, created_by)
       select $1, gen_random_uuid(), 'https://hooks.example', '{*}', 'enabled', now(), id, 'test' from key`,
      [api.a.scope.workspaceId],
    )
    const after = aboutNobody('after')
    expect(await stored(after)).toMatchObject({ state: 'pending' })
    expect(await due(after.id)).toBe(1)
    await api.ask(`delete from app.dispatch where kind = 'outbox' and ref = $1`, [after.id])
    const twice: NewEvent = { ...aboutNobody('again'), id: after.id }
    const row = await stored(twice)
    expect(String(await reading(row))).toBe(textOf(after))
    expect(await due(after.id)).toBe(0)
    expect(await stored(before)).toMatchObject({ state: 'dispatched' })
    expect(await due(before.id)).toBe(0)
  })
})
