/** `hyponema retention run` as a process of its own, killed in each of its steps, beside what must not be touched. */
import { spawn } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { writeSecretFile } from '../../packages/server/src/platform/crypto/write-secret-file.ts'
import { copiedTalksSql } from '../harness/copied-talks.ts'
import { type Api, type ApiWorkspace, openApi } from './api-harness.ts'
import { createdSession, type MadeSession, publishedAgent } from './made-things.ts'
import { say } from './talk.ts'

const main = fileURLToPath(new URL('../../packages/server/src/main.ts', import.meta.url))
const old = 1_500
const kept = 40

let api: Api
let workspace: ApiWorkspace
let original: MadeSession
let held: MadeSession
beforeAll(async () => {
  api = await openApi()
  workspace = await api.makeWorkspace()
  const agent = await publishedAgent(workspace)
  const talk = async (user: string, end: boolean): Promise<MadeSession> => {
    const session = await createdSession(workspace, agent, { user_id: user })
    await say(api, session, 'I want to die.')
    if (end) await workspace.call('POST', `/v1/sessions/${session.id}/end`)
    return session
  }
  original = await talk('somebody', true)
  await talk('live', false)
  held = await talk('held', true)
  const [user] = await api.ask<{ id: string }>('select user_id as id from tenant.sessions where id = $1', [held.uuid])
  await api.ask(
    "insert into tenant.legal_holds (workspace_id, id, user_id, reason, created_by) values ($1, app.uuid_v7(), $2, 'x', 'x')",
    [workspace.id, user?.id],
  )
  await api.ask(copiedTalksSql({ sessionId: held.uuid, count: kept, endedDaysAgo: 900 }))
  await api.ask(copiedTalksSql({ sessionId: original.uuid, count: kept, endedDaysAgo: 1 }))
  await api.ask(copiedTalksSql({ sessionId: original.uuid, count: old, endedDaysAgo: 900 }))
  await writeSecretFile(join(home(), 'logins.json'), JSON.stringify(api.installation.logins))
}, 120_000)
afterAll(() => api.close())

const home = (): string => dirname(api.signingKeysPath)

function runProcess() {
  const { host, port, database } = api.installation.database.address
  const url = `postgres://localhost:${port}/${database}?host=${encodeURIComponent(host)}`
  const child = spawn(process.execPath, [main, 'retention', 'run'], {
    env: { ...process.env, HYPONEMA_HOME: home(), DATABASE_URL: url },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const written = { out: '', err: '' }
  child.stdout.on('data', (chunk: Buffer) => (written.out += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (written.err += chunk.toString()))
  const done = new Promise<{ code: number | null; out: string; err: string }>((resolve) =>
    child.once('close', (code) => resolve({ code, ...written })),
  )
  return { done, kill: () => child.kill('SIGKILL') }
}

const oldOnes =
  "workspace_id = $1 and ended_at < now() - interval '800 days' and user_id <> (select user_id from tenant.sessions where id = $2)"
/** Old sessions that have lost what this bit says; those that are gone count as well. */
const lost = async (bit: number): Promise<number> => {
  const [row] = await api.ask<{ n: string }>(
    `select count(*) filter (where purged & $3 = 0) as n from tenant.sessions where ${oldOnes}`,
    [workspace.id, held.uuid, bit],
  )
  return old - Number(row?.n)
}
const gone = async (): Promise<number> => {
  const [row] = await api.ask<{ n: string }>(`select count(*) as n from tenant.sessions where ${oldOnes}`, [
    workspace.id,
    held.uuid,
  ])
  return old - Number(row?.n)
}
/** Everything of the sessions that stay, as one digest. */
const untouched = async (): Promise<unknown> => {
  const stays = `select id from tenant.sessions where workspace_id = $1 and not (${oldOnes.replace('workspace_id = $1 and', '')} is true)`
  const parts = ['turns', 'decisions', 'turn_traces'].map(
    (table) => `select t.id, md5(t::text) as row from tenant.${table} t where t.session_id in (${stays})`,
  )
  return api.ask(
    `select count(*) as rows, md5(string_agg(row, '' order by id)) as digest
     from (select s.id, md5(s::text) as row from tenant.sessions s where s.id in (${stays}) union all ${parts.join(' union all ')}) x`,
    [workspace.id, held.uuid],
  )
}
/** A session that is said to have lost something has nothing of it left, and one that is gone has nothing at all. */
const halves = async (): Promise<unknown> =>
  api.ask(
    `select s.id from tenant.sessions s where s.workspace_id = $1 and (
       (s.purged & 1 <> 0 and exists (select from tenant.turns t where t.session_id = s.id))
       or (s.purged & 2 <> 0 and exists (select from tenant.turns t where t.session_id = s.id and t.tool_payloads is not null))
       or (s.purged & 4 <> 0 and exists (select from tenant.decisions d where d.session_id = s.id))
       or (s.purged & 8 <> 0 and exists (select from tenant.turn_traces d where d.session_id = s.id)))
     union all select t.session_id from tenant.turns t
       where not exists (select from tenant.sessions s where s.id = t.session_id)`,
    [workspace.id],
  )

test('a run that is killed in each of its steps goes on where it was, and touches nothing that stays', {
  timeout: 240_000,
}, async () => {
  const before = await untouched()
  expect(before).toEqual([{ rows: expect.stringMatching(/^\d{3}/), digest: expect.any(String) }])
  const steps: readonly (readonly [name: string, reached: () => Promise<number>])[] = [
    ['tool_payloads', () => lost(2)],
    ['transcripts', () => lost(1)],
    ['decisions', () => lost(4)],
    ['traces', () => lost(8)],
    ['sessions', gone],
  ]
  for (const [name, reached] of steps) {
    const running = runProcess()
    const refused = running.done.then(({ code, err }) => (code === null ? null : Promise.reject(new Error(err))))
    const begun = vi.waitUntil(async () => (await reached()) > 0, { timeout: 60_000, interval: 3 })
    await Promise.race([refused, begun])
    running.kill()
    const { code } = await running.done
    const done = await reached()
    // Killed, and in the middle: else this proves nothing.
    expect([name, code, done > 0 && done < old]).toEqual([name, null, true])
    expect(await halves()).toEqual([])
    expect(await untouched()).toEqual(before)
  }
  const last = await runProcess().done
  expect([last.code, last.err, await gone()]).toEqual([0, '', old])
  expect(await untouched()).toEqual(before)
  const again = await runProcess().done
  expect(again.out).toContain('nothing was older than its rule')
})
