import { sql } from 'kysely'
import type { WorkspaceTx } from './workspace-tx.ts'

/** Months of tables that are kept by months, oldest first, but this one and those to come. */
export async function listPastPartitions(tx: WorkspaceTx, now: Date): Promise<readonly string[]> {
  const month = now.toISOString().slice(0, 7).replace('-', '_')
  const { rows } = await sql<{ name: string }>`
    select c.relname::text as name from pg_catalog.pg_inherits i join pg_catalog.pg_class c on c.oid = i.inhrelid
    join pg_catalog.pg_class p on p.oid = i.inhparent
    where p.relnamespace = 'tenant'::regnamespace and p.relkind = 'p' and right(c.relname, 7) < ${month}
    order by right(c.relname, 7), c.relname`.execute(tx.db)
  return rows.map(({ name }) => name)
}

/** Whether it is gone: the database itself asks every workspace's rule and every hold (data-boundary 1). */
export async function dropExpiredPartition(tx: WorkspaceTx, name: string): Promise<boolean> {
  const { rows } = await sql<{ dropped: boolean }>`select app.drop_expired_partition(${name}) as dropped`.execute(tx.db)
  return rows[0]?.dropped === true
}
