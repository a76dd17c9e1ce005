import type { BoundaryRule } from './boundary-rules.ts'
import { relationsOfSearch, tablesWithoutForce } from './declared-rights.ts'
import { searchDefiners } from './reviewed-functions.ts'
import { ownerRole, searchRole } from './roles.ts'

const template = '(workspace_id = app.current_workspace())'

/** Triggers that hold a rule of their own, as table and trigger; partitions have their parents'. */
const heldByTrigger: readonly (readonly [table: string, trigger: string])[] = [
  ['agent_versions', 'append_only'],
  ['agent_versions', 'no_truncate'],
  ['audit_events', 'append_only'],
  ['audit_events', 'no_truncate'],
  ['audit_events', 'clock'],
  ['audit_events', 'seal'],
  ['audit_heads', 'only_grows'],
  ['audit_heads', 'stays'],
  ['audit_heads', 'no_truncate'],
  ['audit_seals', 'append_only'],
  ['audit_seals', 'no_truncate'],
  ['decisions', 'clock'],
  ['memberships', 'keep_index'],
  ['legal_holds', 'keep_holds'],
  ['retention_rules', 'keep_bounds'],
  ['turn_traces', 'clock'],
  ['policy_versions', 'append_only'],
  ['policy_versions', 'no_truncate'],
  ['policy_texts', 'append_only'],
  ['policy_texts', 'no_truncate'],
  ['tool_pins', 'append_only'],
  ['tool_pins', 'no_truncate'],
  ['turns', 'clock'],
  ['workspaces', 'remember_canary'],
  ['workspaces', 'remember_workspace'],
]

/** What every table of tenants must look like, asked of the catalogue so that no table can be forgotten. */
export const tableRules: readonly BoundaryRule[] = [
  {
    name: 'row_security',
    sql: `select format('%s does not %s row level security', c.oid::regclass, case when c.relrowsecurity then 'force' else 'enable' end) as finding
      from pg_class c where c.relnamespace = 'tenant'::regnamespace and c.relkind in ('r', 'p')
        and not (c.relrowsecurity and (c.relforcerowsecurity or c.relname = any ($1::text[])))
      union all
      -- Under FORCE its index is not used.
      select format('%s forces row level security, so a search reads the whole table', c.oid::regclass) from pg_class c
      where c.relnamespace = 'tenant'::regnamespace and c.relname = any ($1::text[]) and c.relforcerowsecurity`,
    parameters: [tablesWithoutForce],
  },
  {
    name: 'policies',
    sql: `select format('%s has no policy that is exactly the template', c.oid::regclass) as finding
      from pg_class c where c.relnamespace = 'tenant'::regnamespace and c.relkind in ('r', 'p')
        and (select count(*) from pg_policy p where p.polrelid = c.oid and p.polpermissive) <> 1
        or c.relnamespace = 'tenant'::regnamespace and c.relkind in ('r', 'p') and not exists (
          select 1 from pg_policy p where p.polrelid = c.oid and p.polpermissive and p.polcmd = '*' and p.polroles = '{0}'
            and pg_get_expr(p.polqual, p.polrelid) = $1 and pg_get_expr(p.polwithcheck, p.polrelid) = $1)`,
    parameters: [template],
  },
  {
    name: 'scope_function',
    // Compared as the server prints it, so that a loosened body is seen however it was put there.
    sql: `select 'app.current_workspace() is not what it should be' as finding
      where not exists (select 1 from pg_proc p where p.oid = to_regprocedure('app.current_workspace()')
        and not p.prosecdef and p.provolatile = 's' and p.proconfig is null
        and pg_get_function_sqlbody(p.oid) = $1)`,
    parameters: ["RETURN (NULLIF(current_setting('app.workspace_id'::text, true), ''::text))::uuid"],
  },
  {
    name: 'owners',
    sql: `select format('%s belongs to %s', c.oid::regclass, r.rolname) as finding
      from pg_class c join pg_roles r on r.oid = c.relowner
      where c.relnamespace in (select oid from pg_namespace where nspname in ('tenant', 'app', 'jobs', 'graphile_worker', 'identity'))
        and c.relkind in ('r', 'p', 'v', 'm', 'S', 'f')
        and r.rolname <> case when c.oid = any ($2::text[]::regclass[]) then $3 else $1 end
      union all
      select format('%s belongs to %s', p.oid::regprocedure, r.rolname)
      from pg_proc p join pg_roles r on r.oid = p.proowner
      where p.pronamespace in (select oid from pg_namespace where nspname in ('tenant', 'app', 'jobs', 'graphile_worker', 'identity'))
        and r.rolname <> case when p.oid = any ($4::text[]::regprocedure[]) then $3 else $1 end
      union all
      select format('schema %s belongs to %s', n.nspname, r.rolname) from pg_namespace n join pg_roles r on r.oid = n.nspowner
      where n.nspname in ('tenant', 'app', 'jobs', 'graphile_worker', 'identity') and r.rolname <> $1`,
    parameters: [ownerRole, relationsOfSearch, searchRole, searchDefiners],
  },
  {
    name: 'search_owner',
    sql: `select format('%s owns %s', $1::text, pg_describe_object(d.classid, d.objid, d.objsubid)) as finding
      from pg_shdepend d where d.refclassid = 'pg_authid'::regclass and d.deptype = 'o'
        and d.refobjid = (select oid from pg_roles where rolname = $1)
        and d.dbid in (0, (select oid from pg_database where datname = current_database()))
        and not (d.classid = 'pg_class'::regclass and d.objid = any ($2::text[]::regclass[]))
        and not (d.classid = 'pg_proc'::regclass and d.objid = any ($3::text[]::regprocedure[]))`,
    parameters: [searchRole, relationsOfSearch, searchDefiners],
  },
  {
    name: 'kinds_of_relation',
    sql: `select format('%s is not a table (kind %s)', c.oid::regclass, c.relkind) as finding
      from pg_class c where c.relnamespace = 'tenant'::regnamespace and c.relkind not in ('r', 'p', 'i', 'I', 't')
        and not (c.relkind = 'v' and 'security_invoker=true' = any (coalesce(c.reloptions, '{}')))`,
    parameters: [],
  },
  {
    name: 'workspace_column',
    sql: `select format('%s does not begin with workspace_id uuid not null', c.oid::regclass) as finding
      from pg_class c where c.relnamespace = 'tenant'::regnamespace and c.relkind in ('r', 'p')
        and not exists (select 1 from pg_attribute a where a.attrelid = c.oid and a.attname = 'workspace_id' and a.attnum = 1
          and a.atttypid = 'uuid'::regtype and a.attnotnull)`,
    parameters: [],
  },
  {
    name: 'key_shapes',
    sql: `select format('%s of %s does not lead with workspace_id', i.indexrelid::regclass, i.indrelid::regclass) as finding
      from pg_index i join pg_class c on c.oid = i.indrelid join pg_attribute a on a.attrelid = c.oid and a.attname = 'workspace_id'
      where c.relnamespace = 'tenant'::regnamespace and i.indisunique and i.indkey[0] <> a.attnum
      union all
      select format('%s has no primary key', c.oid::regclass) from pg_class c
      where c.relnamespace = 'tenant'::regnamespace and c.relkind in ('r', 'p')
        and not exists (select 1 from pg_index i where i.indrelid = c.oid and i.indisprimary)
      union all
      select format('foreign key %s of %s does not carry workspace_id on both sides', k.conname, k.conrelid::regclass)
      from pg_constraint k
      where k.contype = 'f' and k.connamespace = 'tenant'::regnamespace and not (
        k.conkey[1] = (select attnum from pg_attribute where attrelid = k.conrelid and attname = 'workspace_id')
        and k.confkey[1] = (select attnum from pg_attribute where attrelid = k.confrelid and attname = 'workspace_id'))
      union all
      select format('foreign key %s points to the partitioned table %s', k.conname, k.confrelid::regclass)
      from pg_constraint k join pg_class c on c.oid = k.confrelid
      where k.contype = 'f' and k.connamespace = 'tenant'::regnamespace and (c.relkind = 'p' or c.relispartition)
      union all
      select format('foreign key %s of %s is not validated', k.conname, k.conrelid::regclass)
      from pg_constraint k where k.contype = 'f' and k.connamespace = 'tenant'::regnamespace and not k.convalidated`,
    parameters: [],
  },
  {
    name: 'sequences',
    sql: `select format('%s is a sequence', c.oid::regclass) as finding from pg_class c
      where c.relnamespace = 'tenant'::regnamespace and c.relkind = 'S'`,
    parameters: [],
  },
  {
    name: 'partitions',
    sql: `select format('%s has a default partition', p.partrelid::regclass) as finding
      from pg_partitioned_table p where p.partdefid <> 0
      union all
      select format('%s has no partition for %s', t.oid::regclass, to_char(now() + make_interval(months => m), 'YYYY-MM'))
      from pg_class t cross join generate_series(0, 1) m
      where t.relnamespace = 'tenant'::regnamespace and t.relkind = 'p' and not exists (
        select 1 from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = t.oid
          and c.relname = t.relname || to_char((now() at time zone 'UTC') + make_interval(months => m), '_YYYY_MM'))
      union all
      select format('%s can be truncated or changed by its owner', c.oid::regclass) from pg_class c
      where c.relnamespace = 'tenant'::regnamespace and c.relname ~ '^(audit_events|agent_versions|tool_pins|policy_versions|policy_texts)(_|$)' and c.relkind in ('r', 'p')
        and (select count(*) from pg_trigger t where t.tgrelid = c.oid and t.tgname in ('append_only', 'no_truncate') and t.tgenabled = 'O') <> 2`,
    parameters: [],
  },
  {
    name: 'triggers',
    sql: `select format('%s has no trigger %s', c.oid::regclass, held.trigger) as finding
      from unnest($1::text[], $2::text[]) as held (name, trigger) join pg_class c on c.relnamespace = 'tenant'::regnamespace
        and c.relkind in ('r', 'p') and (c.relname = held.name or exists (select 1 from pg_inherits i join pg_class p on p.oid = i.inhparent
          where i.inhrelid = c.oid and p.relnamespace = 'tenant'::regnamespace and p.relname = held.name))
      where not exists (select 1 from pg_trigger t where t.tgrelid = c.oid and t.tgname = held.trigger)
      union all
      select format('trigger %s of %s is switched off', t.tgname, t.tgrelid::regclass) from pg_trigger t join pg_class c on c.oid = t.tgrelid
      where c.relnamespace = 'tenant'::regnamespace and t.tgenabled <> 'O'`,
    parameters: [heldByTrigger.map(([table]) => table), heldByTrigger.map(([, trigger]) => trigger)],
  },
]
