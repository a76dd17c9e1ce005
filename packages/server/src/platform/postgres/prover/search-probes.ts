import type { ClientBase } from 'pg'
import { systemClock } from '../../../kernel/clock.ts'
import { idMaker } from '../../../kernel/new-id.ts'
import { servingRoles } from '../roles.ts'
import { askerOn } from './asker.ts'
import { type Furnished, furnish } from './furnish.ts'
import { sqlStateOf } from './sql-state-of.ts'
import { judged, type Verdict } from './verdict.ts'

const newId = idMaker(systemClock)

/**
 * The search of knowledge, whose owner no policy binds, called from two workspaces both ways: each finds its own passages and,
 * whatever sources it names, none of the other's; without a scope it raises. `client` is a superuser's with a transaction
 * open; what this does in it is rolled back.
 */
export async function probeSearch(client: ClientBase): Promise<readonly Verdict[]> {
  const ask = askerOn(client)
  await ask('savepoint search')
  try {
    const roots = ['knowledge_index', 'knowledge_words']
    const [one, two] = [await furnish(ask, newId(), roots), await furnish(ask, newId(), roots)]
    return [...(await probeFrom(client, one, two)), ...(await probeFrom(client, two, one))]
  } finally {
    await ask('rollback to savepoint search')
  }
}

async function probeFrom(client: ClientBase, own: Furnished, other: Furnished): Promise<readonly Verdict[]> {
  const [mine, theirs] = [idsOf(own), idsOf(other)]
  const search = (scope: string, sources: readonly string[]) => searchAs(client, scope, sources)
  const control = await search(own.workspaceId, [mine.source])
  if (control !== `no refusal: ${mine.chunk}`)
    return [
      { check: 'app search of knowledge', result: 'not_probed', detail: `the own passage is not found: ${control}` },
    ]
  const named = await search(own.workspaceId, [theirs.source])
  const both = await search(own.workspaceId, [theirs.source, mine.source])
  const unscoped = await search('', [mine.source, theirs.source])
  return [
    judged("app search of the other workspace's source", named === 'no refusal: ', named),
    judged('app search of both sources', both === `no refusal: ${mine.chunk}`, both),
    judged('app search without a scope', unscoped === 'HS001', unscoped),
  ]
}

function idsOf({ rows }: Furnished): { readonly source: string; readonly chunk: string } {
  const row = rows.get('knowledge_index') ?? {}
  return { source: String(row['knowledge_id']), chunk: String(row['chunk_id']) }
}

/** What is found, or the SQLSTATE of the refusal. */
async function searchAs(client: ClientBase, scope: string, sources: readonly string[]): Promise<string> {
  const ask = askerOn(client)
  await ask('savepoint one_search')
  try {
    await ask("select set_config('app.workspace_id', $1, true)", [scope])
    await ask(`set local session authorization ${servingRoles.app}`)
    return await sqlStateOf(async () => {
      const [row] = await ask<{ found: string | null }>(
        `select string_agg(chunk_id::text, ' ' order by chunk_id) as found
         from app.search_knowledge('probe', $1::uuid[], $2::integer[], $3::text[]::regconfig[], 10)`,
        [sources, sources.map(() => 1), sources.map(() => 'pg_catalog.simple')],
      )
      return row?.found ?? ''
    })
  } finally {
    await ask('rollback to savepoint one_search')
  }
}
