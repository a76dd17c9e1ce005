import type { ClientBase } from 'pg'
import { StartupRefusal } from '../../../kernel/startup-refusal.ts'
import { extendedQuery } from '../extended-query.ts'
import type { TableCopy } from '../simple-protocol.ts'
import type { CopiedTable } from './backup-format.ts'

/** A table as the file names it, and the statements that copy it. */
export type TableToCopy = CopiedTable & { readonly copy: TableCopy }

/** The ledger and the rows of these schemas are the installation's; what else is in them was made by a migration. */
export const copiedSchemas: readonly string[] = ['app', 'identity', 'tenant']

/** The ledger stands in the list of contents: the schema is made from it before any row can be loaded. */
const notCopied: readonly string[] = ['app.schema_migrations']

/**
 * Every table of ours, asked of the catalogue so that none can be forgotten, sorted by name. Rows are read in the order of
 * the primary key, texts by their bytes, so that the same rows give the same hash on every server.
 */
export async function readTables(client: ClientBase): Promise<readonly TableToCopy[]> {
  const { rows } = await extendedQuery<{
    name: string
    columns: CopiedTable['columns']
    partitions: string[]
    names: string
    key: string | null
  }>(
    client,
    `select format('%I.%I', n.nspname, c.relname) as name,
       (select jsonb_agg(jsonb_build_object('name', a.attname, 'type', format_type(a.atttypid, a.atttypmod)) order by a.attnum)
        from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as columns,
       (select string_agg(quote_ident(a.attname), ', ' order by a.attnum)
        from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as names,
       (select string_agg(quote_ident(a.attname) || case when a.attcollation <> 0 then ' collate "C"' else '' end, ', ' order by k.place)
        from pg_index i cross join lateral unnest(i.indkey::int2[]) with ordinality k (num, place)
        join pg_attribute a on a.attrelid = c.oid and a.attnum = k.num
        where i.indrelid = c.oid and i.indisprimary) as key,
       array(select right(p.relname, 7)::text from pg_inherits h join pg_class p on p.oid = h.inhrelid
         where h.inhparent = c.oid and c.relkind = 'p' order by 1) as partitions
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = any ($1::text[]) and c.relkind in ('r', 'p') and not c.relispartition
       -- What an unlogged table holds does not outlive a crash either.
       and c.relpersistence = 'p'
       and format('%I.%I', n.nspname, c.relname) <> all ($2::text[])
     order by 1`,
    [copiedSchemas, notCopied],
  )
  return [...rows.map(asTable), queuedJobs]
}

function asTable(row: {
  name: string
  columns: CopiedTable['columns']
  partitions: string[]
  names: string
  key: string | null
}): TableToCopy {
  const { name, columns, partitions, names, key } = row
  if (key === null) throw new StartupRefusal(`${name} has no primary key, so its rows cannot be copied in order.`)
  const copy: TableCopy = {
    select: `select ${names} from ${name} order by ${key}`,
    into: `${name} (${names})`,
  }
  return { name, columns, partitions, copy }
}

/**
 * The queue belongs to a library whose tables change with its releases, so its rows are not copied but what they say: which
 * task for which row. Each is added again by the library's own function. A job is a wake-up, so one that was being done is
 * simply done again; one that has failed for good is left out.
 */
export const queuedJobs: TableToCopy = {
  name: 'graphile_worker.jobs',
  columns: [
    { name: 'task', type: 'text' },
    { name: 'payload', type: 'text' },
    { name: 'job_key', type: 'text' },
  ],
  partitions: [],
  copy: {
    select: `select t.identifier::text as task, j.payload::text as payload, j.key::text as job_key
      from graphile_worker._private_jobs j join graphile_worker._private_tasks t on t.id = j.task_id
      where j.attempts < j.max_attempts or j.locked_at is not null
      order by t.identifier collate "C", j.payload::text collate "C", j.key collate "C"`,
    into: 'app.restored_jobs (task, payload, job_key)',
  },
}
