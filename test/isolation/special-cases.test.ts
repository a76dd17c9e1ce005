import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { attempt } from '../../packages/server/src/platform/postgres/prover/attempt.ts'
import { loginNames } from '../../packages/server/src/platform/postgres/prover/read-tables.ts'
import { reviewedDefiners } from '../../packages/server/src/platform/postgres/reviewed-functions.ts'
import { servingRoles } from '../../packages/server/src/platform/postgres/roles.ts'
import { insertInto, plant } from './planted-workspaces.ts'
import { ask, newId, openScratch, type Scratch } from './scratch-database.ts'

/** What no probe that is the same for every table can try. */
describe('special cases of isolation', () => {
  let scratch: Scratch
  beforeAll(async () => {
    scratch = await openScratch()
  })
  afterAll(() => scratch.close())

  test("an agent cannot publish another workspace's version, even under the same ids", async () => {
    const own = await plant(scratch.admin, 'agent_versions', 'full')
    const other = await plant(scratch.admin, 'agents', 'empty')
    const agent = { ...other.row, id: own.row['agent_id'] }
    const twin = insertInto('agents', agent)
    await ask(scratch.admin, twin.sql, twin.parameters)
    const publish = {
      sql: 'update tenant.agents set published_version = $1 where id = $2',
      parameters: [own.row['version'], own.row['agent_id']],
    }
    expect(await attempt(scratch.database.withWorkspace, own.workspaceId, [publish])).toMatchObject([
      { kind: 'rows', rows: 1 },
    ])
    expect(await attempt(scratch.database.withWorkspace, other.workspaceId, [publish])).toMatchObject([
      { kind: 'refused', state: '23503' },
    ])
  })

  test("a key cannot take over from another workspace's key", async () => {
    const own = await plant(scratch.admin, 'api_keys', 'full')
    const other = await plant(scratch.admin, 'api_keys', 'full')
    const successorOf = (id: unknown) => {
      const { sql, parameters } = insertInto('api_keys', { ...own.row, id: newId(), rotated_from: id })
      return [{ sql, parameters }]
    }
    const within = scratch.database.withWorkspace
    expect(await attempt(within, own.workspaceId, successorOf(own.row['id']))).toMatchObject([
      { kind: 'rows', rows: 1 },
    ])
    expect(await attempt(within, own.workspaceId, successorOf(other.row['id']))).toMatchObject([
      { kind: 'refused', state: '23503' },
    ])
  })

  test.each(loginNames)(
    '%s reads nothing outside the schema of tenants but facts about the installation',
    async (login) => {
      const role = servingRoles[login]
      const readable = await ask<{ name: string }>(
        scratch.admin,
        `select c.oid::regclass::text as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where n.nspname not in ('tenant', 'pg_catalog', 'information_schema', 'pg_toast') and c.relkind in ('r', 'p', 'v', 'm')
         and has_schema_privilege($1, n.oid, 'usage')
         and (has_any_column_privilege($1, c.oid, 'select') or has_table_privilege($1, c.oid, 'insert, update, delete, truncate'))
       order by 1`,
        [role],
      )
      const facts = ['app.floors', 'app.installation', 'app.schema_migrations']
      const queue = ['_private_job_queues', '_private_jobs', '_private_known_crontabs', '_private_tasks', 'migrations']
      const people = ['identities', 'membership_index', 'sign_in_failures', 'sign_in_requests']
      const own: Partial<Record<typeof login, readonly string[]>> = {
        worker: queue.map((table) => `graphile_worker.${table}`),
        auth: people.map((table) => `identity.${table}`),
      }
      expect(readable.map(({ name }) => name)).toEqual([...facts, ...(own[login] ?? [])].sort())
    },
  )

  test.each(loginNames)('%s may execute exactly the definer functions that were reviewed for it', async (login) => {
    const rows = await ask<{ name: string }>(
      scratch.admin,
      `select p.oid::regprocedure::text as name from pg_proc p join pg_namespace n on n.oid = p.pronamespace
       where p.prosecdef and p.prorettype <> 'trigger'::regtype and has_schema_privilege($1, n.oid, 'usage')
         and has_function_privilege($1, p.oid, 'execute')`,
      [servingRoles[login]],
    )
    const reviewed = Object.entries(reviewedDefiners).filter(([, callers]) => callers.includes(servingRoles[login]))
    expect(rows.map(({ name }) => name).sort()).toEqual(reviewed.map(([name]) => name).sort())
  })

  test('no definer function takes a workspace: the claim alone crosses, and returns ids only', async () => {
    const rows = await ask<{ name: string; arguments: string }>(
      scratch.admin,
      `select p.oid::regprocedure::text as name, pg_get_function_arguments(p.oid) as arguments from pg_proc p where p.prosecdef`,
    )
    expect(rows.length).toBe(Object.keys(reviewedDefiners).length)
    expect(rows.filter((row) => /workspace/i.test(row.arguments.replace('per_workspace integer', '')))).toEqual([])
  })
})
