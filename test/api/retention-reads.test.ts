/** What a purge reads, counted by the database in its own transactions: as much as it removes, however much stays. */
import { parseUuid, type Uuid } from '@hyponema/contract'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readRetentionStatus } from '../../packages/server/src/features/retention/public.ts'
import type { WithWorkspace } from '../../packages/server/src/platform/postgres/with-workspace.ts'
import type { WorkspaceTx } from '../../packages/server/src/platform/postgres/workspace-tx.ts'
import { copiedTalksSql } from '../harness/copied-talks.ts'
import { scriptedDocument } from './agent-documents.ts'
import { type Api, type ApiWorkspace, newId, openApi } from './api-harness.ts'
import { createdSession, type MadeAgent, type MadeSession, publishedAgent } from './made-things.ts'
import { purgeAsWorker } from './purge-as-worker.ts'
import { say } from './talk.ts'

/** What stays: kept by the rule, or by a hold. The planner has reason to use an index by then. */
const kept = 4_000
const heldCount = 1_500
const due = 100
const dayMs = 24 * 60 * 60 * 1000

type Reads = { readonly scanned: number; readonly fetched: number }

describe('what retention reads', { timeout: 120_000 }, () => {
  let api: Api
  let workspace: ApiWorkspace
  let strict: MadeAgent
  let session: MadeSession
  beforeAll(async () => {
    api = await openApi()
    workspace = await api.makeWorkspace()
    const agent = await publishedAgent(workspace)
    strict = await publishedAgent(workspace, { ...scriptedDocument(), retention: { transcripts: 7 } })
    session = await createdSession(workspace, agent, { user_id: 'somebody' })
    await say(api, session, 'I want to die.')
    await workspace.call('POST', `/v1/sessions/${session.id}/end`)
    const held = await createdSession(workspace, agent, { user_id: 'held' })
    const [row] = await api.ask<{ user: Uuid }>('select user_id as user from tenant.sessions where id = $1', [
      held.uuid,
    ])
    const heldUser = parseUuid(row?.user ?? '')
    if (heldUser === undefined) throw new Error('no such session')
    await api.ask(
      "insert into tenant.legal_holds (workspace_id, id, user_id, reason, created_by) values ($1, $2, $3, 'x', 'x')",
      [workspace.id, newId(), heldUser],
    )
    const copy = (options: Omit<Parameters<typeof copiedTalksSql>[0], 'sessionId'>) =>
      api.ask(copiedTalksSql({ sessionId: session.uuid, ...options }))
    await copy({ count: kept, endedDaysAgo: 10 })
    await copy({ count: heldCount, endedDaysAgo: 900, userId: heldUser })
    await copy({ count: due, endedDaysAgo: 900 })
    await copy({ count: due, endedDaysAgo: 8, agentId: strict.uuid })
    await api.ask('analyze')
    // Logins may not call them; in this database, which ends with the suite, they count their own reads.
    await api.ask(`do $$ declare f regprocedure; begin
      for f in select oid::regprocedure from pg_proc where proname like 'pg_stat_get_xact_%' loop
        execute format('grant execute on function %s to hyponema_app, hyponema_worker', f);
      end loop; end $$`)
  }, 120_000)
  afterAll(() => api.close())

  const withStatistics = (seen: Map<string, Reads>, withWorkspace: WithWorkspace): WithWorkspace => {
    return (scope, work) =>
      withWorkspace(scope, async (tx) => {
        const before = await readCounts(tx)
        const done = await work(tx)
        for (const [table, now] of await readCounts(tx)) {
          const then = before.get(table) ?? { scanned: 0, fetched: 0 }
          const sum = seen.get(table) ?? { scanned: 0, fetched: 0 }
          seen.set(table, {
            scanned: sum.scanned + now.scanned - then.scanned,
            fetched: sum.fetched + now.fetched - then.fetched,
          })
        }
        return done
      })
  }
  const purge = async (): Promise<{ seen: ReadonlyMap<string, Reads>; removed: object }> => {
    const seen = new Map<string, Reads>()
    const counting = withStatistics(seen, api.installation.database.workerWithWorkspace)
    const removed = await purgeAsWorker(api, workspace, counting)
    return { seen, removed }
  }
  const tables = ['sessions', 'turns', 'decisions', 'turn_traces']

  test('a purge reads rows by an index, those that it removes and, once, those that are held', async () => {
    const { seen, removed } = await purge()
    expect(removed).toMatchObject({ sessions: due })
    const left = await api.ask<{ n: string }>('select count(*) as n from tenant.sessions where workspace_id = $1', [
      workspace.id,
    ])
    expect(Number(left[0]?.n)).toBe(kept + heldCount + due + 2)
    for (const table of tables) expect([table, seen.get(table)?.scanned ?? 0]).toEqual([table, 0])
    // Once for each of the four contents what is held; and of what goes, with what a batch sees of the next ones.
    expect(seen.get('sessions')?.fetched).toBeLessThan(4 * heldCount + 50 * due)
  })

  test('a purge that finds nothing due reads only what is held', async () => {
    await purge()
    const { seen } = await purge()
    for (const table of tables) expect([table, seen.get(table)?.scanned ?? 0]).toEqual([table, 0])
    expect(seen.get('sessions')?.fetched).toBeLessThan(4.2 * heldCount)
    expect(seen.get('turns')?.fetched ?? 0).toBe(0)
  })

  test('the status reads what is held and the oldest row, and no table from end to end', async () => {
    const seen = new Map<string, Reads>()
    const counted = withStatistics(seen, api.installation.database.withWorkspace)
    await counted(workspace.scope, (tx) => readRetentionStatus(tx, new Date(api.clock.nowMs() + dayMs)))
    for (const table of tables) expect([table, seen.get(table)?.scanned ?? 0]).toEqual([table, 0])
  })
})

/** Of this transaction's own connection: by table, months summed up. */
async function readCounts(tx: WorkspaceTx): Promise<ReadonlyMap<string, Reads>> {
  const { rows } = await sql<{ table: string; scanned: string; fetched: string }>`
    select regexp_replace(relname, '_\\d{4}_\\d{2}$', '') as table, sum(seq_tup_read) as scanned, sum(idx_tup_fetch) as fetched
    from pg_catalog.pg_stat_xact_user_tables where schemaname = 'tenant' group by 1`.execute(tx.db)
  return new Map(
    rows.map(({ table, scanned, fetched }) => [table, { scanned: Number(scanned), fetched: Number(fetched) }]),
  )
}
