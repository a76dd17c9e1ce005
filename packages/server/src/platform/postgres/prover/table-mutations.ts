import { tablesOfSearch, tablesWithoutForce } from '../declared-rights.ts'
import { adminRoles, ownerRole, searchRole, servingRoles } from '../roles.ts'
import type { Asker } from './asker.ts'
import type { Mutation } from './mutation.ts'

const logins = Object.values(servingRoles)

/** Policies, flags, owners and triggers of every table of tenants, partitions too. */
export async function tableMutations(ask: Asker): Promise<readonly Mutation[]> {
  const tables = await ask<TableRow>(tablesSql)
  return tables.flatMap((table) => [
    ...policyMutations(table),
    ...ownerMutations(table),
    ...triggerMutations(table),
    ...(table.isPartition ? [] : copyMutations(table)),
    ...(table.isPartitioned
      ? [{ rule: 'partitions', statements: [`create table tenant.loose partition of ${table.name} default`] }]
      : []),
  ])
}

type TableRow = {
  readonly name: string
  readonly relation: string
  readonly isPartition: boolean
  readonly isPartitioned: boolean
  readonly policies: readonly string[]
  /** Triggers that can be dropped by themselves. */
  readonly triggers: readonly string[]
  /** Triggers of partitions that go with those of their parent. */
  readonly cloned: readonly string[]
}

const tablesSql = `select c.oid::regclass::text as name, c.relname::text as relation, c.relispartition as "isPartition", c.relkind = 'p' as "isPartitioned",
    array(select quote_ident(p.polname) from pg_policy p where p.polrelid = c.oid order by 1) as policies,
    array(select quote_ident(t.tgname) from pg_trigger t where t.tgrelid = c.oid and not t.tgisinternal and t.tgparentid = 0 order by 1) as triggers,
    array(select quote_ident(t.tgname) from pg_trigger t where t.tgrelid = c.oid and not t.tgisinternal and t.tgparentid <> 0 order by 1) as cloned
  from pg_class c where c.relnamespace = 'tenant'::regnamespace and c.relkind in ('r', 'p') order by 1`

const template = 'workspace_id = app.current_workspace()'

function policyMutations({ name, relation, policies }: TableRow): readonly Mutation[] {
  const seen = (rule: string, ...statements: readonly string[]): Mutation => ({ rule, statements, table: relation })
  const loosened = policies.flatMap((policy) => [
    seen('policies', `drop policy ${policy} on ${name}`),
    seen('policies', `alter policy ${policy} on ${name} using (true)`),
    seen('policies', `alter policy ${policy} on ${name} with check (true)`),
    seen('policies', `alter policy ${policy} on ${name} using (true) with check (true)`),
    seen('policies', `alter policy ${policy} on ${name} using (${template} or app.current_workspace() is null)`),
    seen('policies', `alter policy ${policy} on ${name} with check (workspace_id is not null)`),
    seen('policies', `alter policy ${policy} on ${name} to ${servingRoles.app}`),
    seen(
      'policies',
      `drop policy ${policy} on ${name}`,
      `create policy ${policy} on ${name} for select using (${template})`,
    ),
  ])
  return [
    ...loosened,
    seen('policies', `create policy loose on ${name} using (true)`),
    seen('policies', `create policy loose on ${name} for select using (true)`),
    seen('policies', `create policy loose on ${name} for insert with check (true)`),
    seen('policies', `create policy loose on ${name} for update using (true)`),
    seen('policies', `create policy loose on ${name} for delete using (true)`),
    seen('row_security', `alter table ${name} disable row level security`),
    {
      rule: 'row_security',
      // The other way round where it must not be forced.
      statements: [
        `alter table ${name} ${tablesWithoutForce.includes(relation) ? 'force' : 'no force'} row level security`,
      ],
    },
  ]
}

function ownerMutations({ name, relation }: TableRow): readonly Mutation[] {
  const wrong = tablesOfSearch.includes(relation) ? ownerRole : searchRole
  return ['current_user', ...logins, adminRoles.migrator, wrong].map((role) => ({
    rule: 'owners',
    statements: [`alter table ${name} owner to ${role}`],
  }))
}

function triggerMutations({ name, triggers, cloned }: TableRow): readonly Mutation[] {
  return [
    ...triggers.map((trigger) => ({ rule: 'triggers', statements: [`drop trigger ${trigger} on ${name}`] })),
    ...[...triggers, ...cloned].map((trigger) => ({
      rule: 'triggers',
      statements: [`alter table ${name} disable trigger ${trigger}`],
    })),
  ]
}

/** Other ways to the same rows. */
function copyMutations({ name }: TableRow): readonly Mutation[] {
  return [
    { rule: 'kinds_of_relation', statements: [`create view tenant.loose as select * from ${name}`] },
    { rule: 'kinds_of_relation', statements: [`create materialized view tenant.loose as select * from ${name}`] },
    {
      rule: 'grants',
      statements: [
        `create view app.loose as select * from ${name}`,
        `grant select on app.loose to ${servingRoles.app}`,
      ],
    },
    { rule: 'unknown_tables', statements: [`create table tenant.loose as select * from ${name}`] },
  ]
}
