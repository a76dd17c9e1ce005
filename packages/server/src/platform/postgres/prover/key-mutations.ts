import type { Asker } from './asker.ts'
import type { Mutation } from './mutation.ts'

type Index = {
  readonly table: string
  readonly name: string
  readonly isPrimary: boolean
  readonly isPartition: boolean
  /** Without workspace_id, quoted. */
  readonly rest: readonly string[]
}
type ForeignKey = {
  readonly table: string
  readonly relation: string
  readonly name: string
  readonly isPartitioned: boolean
  readonly target: string
  readonly columns: readonly string[]
  readonly targetColumns: readonly string[]
}

/** Primary keys, unique keys and foreign keys of tenants' tables: dropped, and without the workspace. */
export async function keyMutations(ask: Asker): Promise<readonly Mutation[]> {
  const indexes = await ask<Index>(indexesSql)
  const foreignKeys = await ask<ForeignKey>(foreignKeysSql)
  return [...indexes.flatMap(indexMutations), ...foreignKeys.flatMap(foreignKeyMutations)]
}

const keys = 'key_shapes'

function indexMutations({ table, name, isPrimary, isPartition, rest }: Index): readonly Mutation[] {
  const shorter: readonly Mutation[] =
    rest.length === 0 ? [] : [{ rule: keys, statements: [`create unique index on ${table} (${rest.join(', ')})`] }]
  // A partition's own keys go with its parent's.
  if (!isPrimary || isPartition) return shorter
  const drop = `alter table ${table} drop constraint ${name} cascade`
  const primary = (columns: readonly string[]): Mutation => ({
    rule: keys,
    statements: [drop, `alter table ${table} add primary key (${columns.join(', ')})`],
  })
  return [
    ...shorter,
    { rule: keys, statements: [drop] },
    ...(rest.length === 0 ? [] : [primary(rest), primary([...rest, 'workspace_id'])]),
    { rule: 'workspace_column', statements: [drop, `alter table ${table} alter column workspace_id drop not null`] },
  ]
}

function foreignKeyMutations(key: ForeignKey): readonly Mutation[] {
  const { table, relation, name, isPartitioned, target, columns, targetColumns } = key
  const drop = `alter table ${table} drop constraint ${name}`
  const rest = columns.filter((column) => column !== 'workspace_id')
  const targetRest = targetColumns.filter((column) => column !== 'workspace_id')
  const dropped: Mutation = { rule: keys, statements: [drop], table: relation }
  const late: readonly Mutation[] = isPartitioned
    ? []
    : [
        {
          rule: keys,
          statements: [
            drop,
            `alter table ${table} add constraint loose foreign key (${columns.join(', ')}) references ${target} (${targetColumns.join(', ')}) not valid`,
          ],
        },
      ]
  if (rest.length === 0) return [dropped, ...late]
  return [
    dropped,
    ...late,
    {
      rule: keys,
      statements: [
        drop,
        `create unique index on ${target} (${targetRest.join(', ')})`,
        `alter table ${table} add constraint loose foreign key (${rest.join(', ')}) references ${target} (${targetRest.join(', ')})`,
      ],
    },
  ]
}

const indexesSql = `select c.oid::regclass::text as table, coalesce(quote_ident(k.conname), '') as name, i.indisprimary as "isPrimary",
    c.relispartition as "isPartition", array(
      select quote_ident(a.attname) from unnest(i.indkey::int2[]) with ordinality u (num, place)
      join pg_attribute a on a.attrelid = c.oid and a.attnum = u.num where a.attname <> 'workspace_id' order by u.place) as rest
  from pg_index i join pg_class c on c.oid = i.indrelid
  left join pg_constraint k on k.conindid = i.indexrelid and k.contype in ('p', 'u') and k.conrelid = c.oid
  where c.relnamespace = 'tenant'::regnamespace and c.relkind in ('r', 'p') and i.indisunique order by 1, 2`

const foreignKeysSql = `select c.oid::regclass::text as table, c.relname::text as relation, quote_ident(k.conname) as name, c.relkind = 'p' as "isPartitioned",
    k.confrelid::regclass::text as target, array(
      select quote_ident(a.attname) from unnest(k.conkey) with ordinality u (num, place)
      join pg_attribute a on a.attrelid = k.conrelid and a.attnum = u.num order by u.place) as columns, array(
      select quote_ident(a.attname) from unnest(k.confkey) with ordinality u (num, place)
      join pg_attribute a on a.attrelid = k.confrelid and a.attnum = u.num order by u.place) as "targetColumns"
  from pg_constraint k join pg_class c on c.oid = k.conrelid
  where k.contype = 'f' and k.conparentid = 0 and c.relnamespace = 'tenant'::regnamespace order by 1, 3`
