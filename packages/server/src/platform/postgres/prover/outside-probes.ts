import type { Uuid } from '@hyponema/contract'
import { servingRoles } from '../roles.ts'
import type { Outcome } from './attempt.ts'
import type { Arena } from './probe-table.ts'
import type { LoginName } from './read-tables.ts'
import { judged, type Verdict } from './verdict.ts'

type Verb = 'SELECT' | 'INSERT' | 'UPDATE' | 'DELETE'
type Relation = { readonly name: string; readonly column: string; readonly granted: readonly string[] }

/** Every relation outside the tenants' schema: what the catalogue does not grant is refused when it is tried. */
export async function probeOutside(arena: Arena, login: LoginName, own: Uuid): Promise<readonly Verdict[]> {
  const relations = await arena.ask<Relation>(relationsSql, [servingRoles[login]])
  const tried = relations.flatMap((relation) => verbs(relation).map((statement) => ({ relation, ...statement })))
  const forbidden = tried.filter(({ relation, verb }) => !relation.granted.includes(verb))
  const here = { sql: 'select 1', parameters: [] }
  const results = await arena.attempt(
    login,
    own,
    forbidden.map(({ sql }) => [here, { sql, parameters: [] }]),
  )
  return forbidden.map(({ relation, verb }, index) => {
    const attack: Outcome | undefined = results[index]?.[1]
    // 55000: a view that cannot be written at all.
    const refused = attack?.kind === 'refused' && (attack.state === '42501' || attack.state === '55000')
    return judged(`${login} ${relation.name} ${verb.toLowerCase()}`, refused, JSON.stringify(attack))
  })
}

function verbs({ name, column }: Relation): readonly { verb: Verb; sql: string }[] {
  return [
    { verb: 'SELECT', sql: `select 1 from ${name} limit 1` },
    { verb: 'INSERT', sql: `insert into ${name} default values` },
    { verb: 'UPDATE', sql: `update ${name} set ${column} = ${column} where false` },
    { verb: 'DELETE', sql: `delete from ${name} where false` },
  ]
}

const relationsSql = `select c.oid::regclass::text as name,
    (select quote_ident(a.attname) from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
      and a.attgenerated = '' and a.attidentity <> 'a' order by a.attnum limit 1) as column,
    array(select v from unnest(array['SELECT', 'INSERT', 'UPDATE', 'DELETE']) v where has_schema_privilege($1, n.oid, 'USAGE')
      and (has_table_privilege($1, c.oid, v) or v <> 'DELETE' and has_any_column_privilege($1, c.oid, v))) as granted
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where n.nspname not in ('tenant', 'pg_catalog', 'information_schema') and n.nspname !~ '^pg_(toast|temp)'
    and c.relkind in ('r', 'p', 'v', 'm', 'f') order by 1`
