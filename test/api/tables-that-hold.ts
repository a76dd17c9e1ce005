import type { Api } from './api-harness.ts'

type Column = { readonly schema: string; readonly name: string; readonly column: string }

/**
 * The tables of this database, whoever's they are, that hold the words in any column: text, JSON, arrays, and the bytes of
 * bytea columns, in UTF-8 and UTF-16. The queue of the runner and its payloads are looked at too.
 */
export async function tablesThatHold(api: Pick<Api, 'ask'>, words: string): Promise<readonly string[]> {
  const columns = await api.ask<Column>(
    `select n.nspname as schema, c.relname as name, a.attname as column
     from pg_catalog.pg_attribute a
     join pg_catalog.pg_class c on c.oid = a.attrelid
     join pg_catalog.pg_namespace n on n.oid = c.relnamespace
     where c.relkind in ('r', 'p') and not c.relispartition and a.attnum > 0 and not a.attisdropped
       and n.nspname not in ('pg_catalog', 'information_schema')`,
  )
  const tables = Map.groupBy(columns, ({ schema, name }) => `${schema}.${name}`)
  const found: string[] = []
  const needles = [Buffer.from(words), Buffer.from(words, 'utf16le')].map((bytes) => bytes.toString('hex'))
  for (const [table, list] of tables) {
    // Text and JSON are searched as they print, bytes as hex: one expression over the whole row does both.
    const printed = list.map(({ column }) => `coalesce("${column}"::text, '')`).join(` || ' ' || `)
    const rows = await api.ask(
      `select 1 from ${table} t where strpos(lower(${printed}), lower($1)) > 0
         or strpos(${printed}, $2) > 0 or strpos(${printed}, $3) > 0 limit 1`,
      [words, needles[0], needles[1]],
    )
    if (rows.length > 0) found.push(table.replace('tenant.', ''))
  }
  return found
}
