import type { Uuid } from '@hyponema/contract'
import type { Asker } from './asker.ts'

/** Asks what a workspace holds; `ask` must see all rows. Two answers that differ mean that something was changed. */
export type WorkspaceDigest = (workspaceId: Uuid, where: 'everywhere' | 'tenant') => Promise<string>

/** Every table of every schema that has a workspace_id, found in the catalogue, and the queue of jobs. */
export async function workspaceDigest(ask: Asker): Promise<WorkspaceDigest> {
  const tables = await ask<{ name: string; schema: string }>(
    `select c.oid::regclass::text as name, n.nspname::text as schema from pg_class c join pg_namespace n on n.oid = c.relnamespace
     join pg_attribute a on a.attrelid = c.oid and a.attname = 'workspace_id' and not a.attisdropped
     where c.relkind in ('r', 'p') and not c.relispartition and n.nspname not in ('pg_catalog', 'information_schema') order by 1`,
  )
  const jobs =
    "select 'jobs', count(*)::text, coalesce(md5(string_agg(j::text, '' order by j::text)), '') from graphile_worker._private_jobs j where j.payload ->> 'workspace_id' = $1::text"
  const statement = (where: 'everywhere' | 'tenant'): string =>
    [
      ...tables
        .filter(({ schema }) => where === 'everywhere' || schema === 'tenant')
        .map(
          ({ name }) =>
            `select '${name}' as name, count(*)::text as rows, coalesce(md5(string_agg(t::text, '' order by t::text)), '') as digest from ${name} t where t.workspace_id = $1::uuid`,
        ),
      ...(where === 'everywhere' ? [jobs] : []),
    ].join(' union all ')
  return async (workspaceId, where) => JSON.stringify(await ask(statement(where), [workspaceId]))
}
