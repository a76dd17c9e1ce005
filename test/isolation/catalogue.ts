import type { LoginPool } from '../../packages/server/src/platform/postgres/login-pool.ts'
import { servingRoles } from '../../packages/server/src/platform/postgres/roles.ts'
import { ask } from './scratch-database.ts'

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

export async function readTables(admin: LoginPool): Promise<readonly TableInfo[]> {
  const tables = await ask<{ name: string; root: string; key: string[]; uniques: string[] }>(
    admin,
    `select c.relname::text as name, coalesce(
       (select p.relname from pg_inherits i join pg_class p on p.oid = i.inhparent where i.inhrelid = c.oid), c.relname)::text as root, array(
       select distinct a.attname::text from pg_index i join pg_attribute a on a.attrelid = c.oid and a.attnum = any (i.indkey::int2[])
       where i.indrelid = c.oid and i.indisunique order by 1) as uniques, array(
       select a.attname::text from pg_index i cross join lateral unnest(i.indkey::int2[]) with ordinality k (num, place)
       join pg_attribute a on a.attrelid = c.oid and a.attnum = k.num
       where i.indrelid = c.oid and i.indisprimary order by k.place) as key
     from pg_class c where c.relnamespace = 'tenant'::regnamespace and c.relkind in ('r', 'p') order by 1`,
  )
  return Promise.all(
    tables.map(async (table) => ({
      name: table.name,
      root: table.root,
      keyColumns: table.key,
      uniqueColumns: table.uniques,
      foreignKeys: await readForeignKeys(admin, table.name),
      rights: await readRights(admin, table.name),
    })),
  )
}

function readForeignKeys(admin: LoginPool, table: string) {
  return ask<{ name: string; columns: string[]; target: string }>(
    admin,
    `select k.conname::text as name, t.relname::text as target, array(
       select a.attname::text from unnest(k.conkey) with ordinality c (num, place)
       join pg_attribute a on a.attrelid = k.conrelid and a.attnum = c.num order by c.place) as columns
     from pg_constraint k join pg_class t on t.oid = k.confrelid
     where k.contype = 'f' and k.conrelid = ('tenant.' || $1::text)::regclass and k.conparentid = 0 order by 1`,
    [table],
  )
}

async function readRights(admin: LoginPool, table: string): Promise<TableInfo['rights']> {
  const read = async (login: LoginName): Promise<TableRights> => {
    const rows = await ask<TableRights>(
      admin,
      `select has_any_column_privilege($1, t.oid, 'SELECT') as select, has_table_privilege($1, t.oid, 'INSERT') as insert,
         has_table_privilege($1, t.oid, 'DELETE') as delete, array(
           select a.attname::text from pg_attribute a where a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped
             and has_column_privilege($1, t.oid, a.attnum, 'UPDATE') order by a.attnum) as updatable
       from pg_class t where t.oid = ('tenant.' || $2::text)::regclass`,
      [servingRoles[login], table],
    )
    const row = rows[0]
    if (row === undefined) throw new Error(`${table} is not in the catalogue`)
    return row
  }
  const [app, worker, auth, sealer] = await Promise.all([read('app'), read('worker'), read('auth'), read('sealer')])
  return { app, worker, auth, sealer }
}
