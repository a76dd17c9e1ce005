import { tablesOfSearch } from '../declared-rights.ts'
import { searchDefiners } from '../reviewed-functions.ts'
import { ownerRole, searchRole, servingRoles } from '../roles.ts'
import type { Asker } from './asker.ts'
import type { Mutation } from './mutation.ts'

/** What of its body is taken out, and what stands there instead. */
const bodyMutations: readonly (readonly [what: string, instead: string])[] = [
  ['where c.workspace_id = app.current_workspace()', 'where true'],
  ['where c.workspace_id = app.current_workspace()', 'where c.workspace_id is not null'],
  ['if app.current_workspace() is null then', 'if false then'],
]

/** The search of knowledge: its predicate, its raise, its owner, its settings; and what that owner must not have. */
export async function searchMutations(ask: Asker): Promise<readonly Mutation[]> {
  const tables = await ask<{ name: string }>(
    `select c.oid::regclass::text as name from pg_class c where c.relnamespace = 'tenant'::regnamespace and c.relkind in ('r', 'p')
       and not c.relispartition and c.relname <> all ($1::text[]) order by 1`,
    [tablesOfSearch],
  )
  const bodies: Mutation[] = []
  for (const [what, instead] of bodyMutations) bodies.push(await bodyMutation(ask, what, instead))
  return [
    ...bodies,
    ...searchDefiners.flatMap((name): Mutation[] => [
      { rule: 'definers', statements: [`alter function ${name} owner to ${ownerRole}`], probesSearch: true },
      { rule: 'definers', statements: [`alter function ${name} owner to ${servingRoles.app}`], probesSearch: true },
      { rule: 'definers', statements: [`alter function ${name} security invoker`], probesSearch: true },
      { rule: 'definers', statements: [`alter function ${name} set enable_seqscan = on`] },
      { rule: 'definers', statements: [`alter function ${name} set row_security = off`] },
    ]),
    ...tables.map(({ name }) => ({
      rule: 'grants',
      statements: [`grant select on ${name} to ${searchRole}`],
      lines: 1,
    })),
    { rule: 'search_owner', statements: ['create table app.loose ()', `alter table app.loose owner to ${searchRole}`] },
    { rule: 'schema_rights', statements: [`grant create on schema tenant to ${searchRole}`] },
  ]
}

/** Fails where the body does not say it any more: then nobody knows whether its loss would be noticed. */
async function bodyMutation(ask: Asker, what: string, instead: string): Promise<Mutation> {
  const [row] = await ask<{ text: string }>('select pg_get_functiondef(to_regprocedure($1)) as text', searchDefiners)
  const parts = row?.text.split(what) ?? []
  if (parts.length !== 2) throw new Error(`the search does not say "${what}" once`)
  return { rule: 'bodies', statements: [parts.join(instead)], probesSearch: true }
}
