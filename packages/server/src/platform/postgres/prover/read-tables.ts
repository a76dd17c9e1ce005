import { servingRoles } from '../roles.ts'
import type { Asker } from './asker.ts'

export type LoginName = keyof typeof servingRoles

export type TableRights = {
  readonly select: boolean
  readonly insert: boolean
  readonly delete: boolean
  readonly updatable: readonly string[]
}

/** A table as pg_catalog shows it; no list of ours stands behind it. */
export type TableInfo = {
  readonly name: string
  /** The table that rows are reached through: itself, or the parent of a partition. */
  readonly root: string
  readonly keyColumns: readonly string[]
  /** Every column that stands in a unique index. */
  readonly uniqueColumns: readonly string[]
  readonly foreignKeys: readonly {
    readonly name: string
    readonly columns: readonly string[]
    readonly target: string
  }[]
  readonly rights: Readonly<Record<LoginName, TableRights>>
}

export const loginNames = Object.keys(servingRoles).filter((name): name is LoginName => name in servingRoles)

/** Every table of the tenants' schema, found in pg_catalog; or the one of that name. */
export async function readTables(ask: Asker, only: string | null = null): Promise<readonly TableInfo[]> {
  const tables = await ask<{ name: string; root: string; key: string[]; uniques: string[] }>(tablesSql, [only])
  const foreignKeys = await ask<ForeignKeyRow>(foreignKeysSql, [only])
  const rights = await ask<RightsRow>(rightsSql, [only, loginNames, loginNames.map((name) => servingRoles[name])])
  return tables.map(({ name, root, key, uniques }) => ({
    name,
    root,
    keyColumns: key,
    uniqueColumns: uniques,
    foreignKeys: foreignKeys.filter((foreignKey) => foreignKey.table === name),
    rights: {
      app: rightsOf(rights, name, 'app'),
      worker: rightsOf(rights, name, 'worker'),
      auth: rightsOf(rights, name, 'auth'),
      sealer: rightsOf(rights, name, 'sealer'),
    },
  }))
}

type ForeignKeyRow = {
  readonly table: string
  readonly name: string
  readonly columns: readonly string[]
  readonly target: string
}
type RightsRow = TableRights & { readonly table: string; readonly login: string }

function rightsOf(rows: readonly RightsRow[], table: string, login: LoginName): TableRights {
  const row = rows.find((candidate) => candidate.table === table && candidate.login === login)
  if (row === undefined) throw new Error(`${table} is not in the catalogue`)
  return row
}

const tables = `c.relnamespace = 'tenant'::regnamespace and c.relkind in ('r', 'p') and ($1::text is null or c.relname = $1)`

const tablesSql = `select c.relname::text as name, coalesce(
    (select p.relname from pg_inherits i join pg_class p on p.oid = i.inhparent where i.inhrelid = c.oid), c.relname)::text as root, array(
    select distinct a.attname::text from pg_index i join pg_attribute a on a.attrelid = c.oid and a.attnum = any (i.indkey::int2[])
    where i.indrelid = c.oid and i.indisunique order by 1) as uniques, array(
    select a.attname::text from pg_index i cross join lateral unnest(i.indkey::int2[]) with ordinality k (num, place)
    join pg_attribute a on a.attrelid = c.oid and a.attnum = k.num
    where i.indrelid = c.oid and i.indisprimary order by k.place) as key
  from pg_class c where ${tables} order by 1`

const foreignKeysSql = `select c.relname::text as table, k.conname::text as name, t.relname::text as target, array(
    select a.attname::text from unnest(k.conkey) with ordinality u (num, place)
    join pg_attribute a on a.attrelid = k.conrelid and a.attnum = u.num order by u.place) as columns
  from pg_constraint k join pg_class t on t.oid = k.confrelid join pg_class c on c.oid = k.conrelid
  where k.contype = 'f' and k.conparentid = 0 and ${tables} order by 1, 2`

const rightsSql = `select c.relname::text as table, l.name as login,
    has_any_column_privilege(l.role, c.oid, 'SELECT') as select, has_table_privilege(l.role, c.oid, 'INSERT') as insert,
    has_table_privilege(l.role, c.oid, 'DELETE') as delete, array(
      select a.attname::text from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
        and has_column_privilege(l.role, c.oid, a.attnum, 'UPDATE') order by a.attnum) as updatable
  from pg_class c cross join unnest($2::text[], $3::text[]) as l (name, role) where ${tables}`
