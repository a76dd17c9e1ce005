/** A month that is dropped whole takes everybody's rows at once: who is asked before, and who comes too late. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { dropOldPartitions } from '../../packages/server/src/commands/drop-old-partitions.ts'
import { insertHold } from '../../packages/server/src/features/retention/store.ts'
import { type Api, newId, openApi } from '../api/api-harness.ts'

describe('a month that is dropped', () => {
  const name = 'turns_2020_01'
  const monthEnd = Date.UTC(2020, 1, 1)
  const dayMs = 24 * 60 * 60 * 1000
  let api: Api
  beforeAll(async () => {
    api = await openApi()
  })
  afterAll(() => api.close())
  beforeEach(async () => {
    await api.ask(`create table tenant.${name} (like tenant.turns including defaults including constraints)`)
    await api.ask(`alter table tenant.${name} owner to hyponema_owner`)
    await api.ask(
      `alter table tenant.turns attach partition tenant.${name} for values from (app.uuid_floor('2020-01-01Z')) to (app.uuid_floor('2020-02-01Z'))`,
    )
  })
  afterEach(async () => {
    await api.ask(`drop table if exists tenant.${name}`)
    await api.ask('delete from app.retention_bounds')
    await api.ask("update tenant.legal_holds set released_at = now(), released_by = 'test' where released_at is null")
  })
  const drop = () => dropOldPartitions({ database: api.installation.database, clock: api.clock, newId })

  test('waits for a hold that is being made, and then stays', async () => {
    const gate = Promise.withResolvers<void>()
    const inserted = Promise.withResolvers<void>()
    const holding = api.installation.database.withWorkspace(api.a.scope, async (tx) => {
      const made = { id: newId(), userId: null, agentId: null, reason: 'a court asked', until: null }
      await insertHold(tx, { ...made, createdBy: 'test', createdAt: new Date() })
      inserted.resolve()
      await gate.promise
    })
    await inserted.promise
    let isSettled = false
    const dropped = drop().finally(() => {
      isSettled = true
    })
    await vi.waitFor(
      async () => {
        const waiting = await api.ask(
          "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
        )
        expect(isSettled || waiting.length > 0).toBe(true)
      },
      { timeout: 20_000, interval: 20 },
    )
    gate.resolve()
    await holding
    expect(await dropped).not.toContain(name)
  })

  test('is kept for as long as a session that began in its last minute may last', async () => {
    const days = Math.floor((Date.now() - monthEnd) / dayMs)
    const keep = (turns: number) =>
      api.ask(
        `insert into app.retention_bounds values ($1, $2, 1, 1, 90)
         on conflict (workspace_id) do update set turns = excluded.turns`,
        [api.a.id, turns],
      )
    await keep(days)
    expect(await drop()).not.toContain(name)
    await keep(days - 2)
    expect(await drop()).toContain(name)
  })
})
