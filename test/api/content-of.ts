import type { Uuid } from '@hyponema/contract'
import type { Api } from './api-harness.ts'

/** Every row of one workspace, in every table of tenants, as the superuser sees it. */
export async function contentOf(api: Api, workspaceId: Uuid): Promise<unknown> {
  const tables = await api.ask<{ name: string }>(
    `select c.relname::text as name from pg_catalog.pg_class c
     where c.relnamespace = 'tenant'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition order by 1`,
  )
  const parts = tables.map(
    ({ name }) =>
      `select '${name}' as name, count(*)::int as rows, md5(coalesce(string_agg(t::text, '|' order by t::text), '')) as digest
       from tenant.${name} t where t.workspace_id = $1`,
  )
  return api.ask(`${parts.join(' union all ')} order by name`, [workspaceId])
}
