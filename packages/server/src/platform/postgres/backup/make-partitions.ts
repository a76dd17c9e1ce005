import type { ClientBase } from 'pg'
import { extendedQuery } from '../extended-query.ts'
import type { BackupManifest } from './backup-format.ts'

/**
 * Makes the partitions of the months that the backup has and this database has not: `app.ensure_partitions()` makes those of
 * now and later only. Each is made as that function makes them, protected before it is attached. As the owner.
 */
export async function makePartitions(client: ClientBase, manifest: BackupManifest): Promise<void> {
  const { rows } = await extendedQuery<{ name: string; append_only: boolean }>(
    client,
    'select name, append_only from app.partitioned_tables order by name',
  )
  for (const { name, append_only: appendOnly } of rows) {
    const months = manifest.tables.find((table) => table.name === `tenant.${name}`)?.partitions ?? []
    for (const month of months) await makePartition(client, { parent: name, appendOnly, month })
  }
}

async function makePartition(
  client: ClientBase,
  { parent, appendOnly, month }: { parent: string; appendOnly: boolean; month: string },
): Promise<void> {
  const { rows } = await extendedQuery<{ is_there: boolean; steps: string[] }>(
    client,
    `select to_regclass(p.qualified) is not null as is_there, array[
       format('create table %s (like %s including defaults including constraints including storage)', p.qualified, p.parent),
       format('revoke all on %s from public, hyponema_app, hyponema_worker, hyponema_auth, hyponema_sealer', p.qualified),
       format('call app.protect_table(%L::regclass)', p.qualified),
       case when $3 then format('create trigger no_truncate before truncate on %s for each statement '
         'execute function app.refuse_change()', p.qualified) end,
       format('alter table %s attach partition %s for values from (%L) to (%L)', p.parent, p.qualified,
         app.uuid_floor(p.month at time zone 'UTC'), app.uuid_floor((p.month + interval '1 month') at time zone 'UTC'))
     ] as steps
     from (select format('tenant.%I', $1::text) as parent, format('tenant.%I', $1::text || '_' || $2::text) as qualified,
       to_timestamp($2::text, 'YYYY_MM')::timestamp as month) p`,
    [parent, month, appendOnly],
  )
  const row = rows[0]
  if (row === undefined || row.is_there) return
  // A step that does not apply to this table is null.
  for (const step of row.steps.filter((one) => one !== null)) await extendedQuery(client, step)
}
