/**
 * Threat: a wall stands under its old name and does something else: a definer function or a trigger with another body, a
 * trigger that never fires, a rule that copies rows, a table that is read through another one or leaves by replication.
 * Rule: what every function says, when every trigger fires and which kinds of objects there are is compared with what
 * was reviewed; whatever else there is in our schemas is a finding.
 * On failure: each difference is a finding, and a finding refuses the start.
 */
import type { BoundaryRule } from './boundary-rules.ts'
import { reviewedBodies } from './reviewed-bodies.ts'

const ourSchemas = ['tenant', 'app', 'jobs', 'identity']
const everySchema = [...ourSchemas, 'graphile_worker']

/** Those whose rows are lost with a crash on purpose; what they hold no backup has. */
const unloggedTables = ['app.limit_debts']

/** Table (those of tenants without their schema), trigger, function, and when it fires, as pg_trigger.tgtype says it. */
const reviewedTriggers: readonly string[] = [
  'agent_versions append_only app.refuse_change() before row delete update',
  'agent_versions no_truncate app.refuse_change() before statement truncate',
  'audit_events append_only app.refuse_change() before row delete update',
  'audit_events no_truncate app.refuse_change() before statement truncate',
  'audit_events clock app.refuse_foreign_clock() before row insert',
  'audit_events seal app.dispatch_seal() after row insert',
  'audit_heads only_grows app.refuse_shrinking() before row update',
  'audit_heads stays app.refuse_change() before row delete',
  'audit_heads no_truncate app.refuse_change() before statement truncate',
  'audit_seals append_only app.refuse_change() before row delete update',
  'audit_seals no_truncate app.refuse_change() before statement truncate',
  'decisions clock app.refuse_foreign_clock() before row insert',
  'legal_holds keep_holds app.keep_active_holds() after row delete insert update',
  'retention_rules keep_bounds app.keep_retention_bounds() after row insert update',
  'memberships keep_index app.keep_membership_index() after row delete insert',
  'policy_versions append_only app.refuse_change() before row delete update',
  'policy_versions no_truncate app.refuse_change() before statement truncate',
  'policy_texts append_only app.refuse_change() before row delete update',
  'policy_texts no_truncate app.refuse_change() before statement truncate',
  'tool_pins append_only app.refuse_change() before row delete update',
  'tool_pins no_truncate app.refuse_change() before statement truncate',
  'turn_traces clock app.refuse_foreign_clock() before row insert',
  'turns clock app.refuse_foreign_clock() before row insert',
  'workspaces remember_canary app.remember_canary() after row insert',
  'workspaces remember_workspace app.remember_workspace() after row insert',
]

/** What things do, and not only what they are called. */
export const definitionRules: readonly BoundaryRule[] = [
  {
    name: 'bodies',
    // A name is looked up once: as a condition of each function it was half of the time of all rules together.
    sql: `with reviewed as materialized (
        select to_regprocedure(name)::oid as oid, name, digest from unnest($1::text[], $2::text[]) as listed (name, digest)
      )
      select format('%s is not the function that was reviewed (its digest is %s)', f.signature, f.digest) as finding from (
        select p.oid, p.oid::regprocedure::text as signature, encode(sha256(convert_to(concat_ws('|', l.lanname, p.provolatile,
          p.proisstrict, p.proleakproof, p.prorettype::regtype, p.proretset,
          coalesce(pg_get_function_sqlbody(p.oid), p.prosrc)), 'UTF8')), 'hex') as digest
        from pg_proc p join pg_language l on l.oid = p.prolang join pg_namespace n on n.oid = p.pronamespace
        where n.nspname = any ($3::text[]) and p.oid is distinct from to_regprocedure('app.current_workspace()')
      ) f where not exists (select 1 from reviewed where reviewed.oid = f.oid and reviewed.digest = f.digest)
      union all
      select format('%s is reviewed and does not exist', name) from reviewed where oid is null`,
    parameters: [Object.keys(reviewedBodies), Object.values(reviewedBodies), ourSchemas],
  },
  {
    name: 'other_triggers',
    // Those of rows are cloned to partitions by the server; those of statements are made there by hand, one each.
    sql: `with found as (
        select t.tgrelid::regclass as on_table, concat_ws(' ', format('%s%s', nullif(n.nspname, 'tenant') || '.', coalesce(parent.relname, c.relname)), t.tgname, t.tgfoid::regprocedure,
          case when t.tgtype & 2 <> 0 then 'before' when t.tgtype & 64 <> 0 then 'instead' else 'after' end,
          case when t.tgtype & 1 <> 0 then 'row' else 'statement' end,
          case when t.tgtype & 8 <> 0 then 'delete' end, case when t.tgtype & 4 <> 0 then 'insert' end,
          case when t.tgtype & 32 <> 0 then 'truncate' end, case when t.tgtype & 16 <> 0 then 'update' end,
          case when t.tgqual is not null then 'under a condition' end, case when t.tgattr::text <> '' then 'of columns' end,
          case when t.tgnargs <> 0 then 'with arguments' end, case when t.tgdeferrable then 'deferrable' end) as line
        from pg_trigger t join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace
        left join pg_inherits i on i.inhrelid = c.oid and c.relispartition left join pg_class parent on parent.oid = i.inhparent
        where n.nspname = any ($2::text[]) and not t.tgisinternal
      )
      select format('trigger on %s that nobody reviewed: %s', on_table, line) as finding from found where line <> all ($1::text[])
      union all
      select format('%s fires otherwise or not at all', wanted) from unnest($1::text[]) wanted where wanted not in (select line from found)`,
    parameters: [reviewedTriggers, everySchema],
  },
  {
    name: 'other_kinds',
    // What is read or written beside the table that is named, with somebody else's rights.
    sql: `select format('%s has the rule %s', r.ev_class::regclass, r.rulename) as finding
      from pg_rewrite r join pg_class c on c.oid = r.ev_class join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = any ($1::text[]) and not (c.relkind = 'v' and r.rulename = '_RETURN')
      union all
      select format('%s inherits from %s', i.inhrelid::regclass, i.inhparent::regclass) from pg_inherits i
      join pg_class c on c.oid = i.inhrelid join pg_class p on p.oid = i.inhparent
      join pg_namespace n on n.oid = c.relnamespace join pg_namespace pn on pn.oid = p.relnamespace
      where (n.nspname = any ($1::text[]) or pn.nspname = any ($1::text[]))
        and not (n.oid = pn.oid and (c.relispartition or c.relkind in ('i', 'I')))
      union all
      select format('%s is not a table (kind %s)', c.oid::regclass, c.relkind) from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = any ($2::text[]) and n.nspname <> 'tenant' and c.relkind not in ('r', 'i', 't')
      union all
      select format('%s is unlogged: a crash empties it, and no backup has it', c.oid::regclass) from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = any ($1::text[]) and c.relkind in ('r', 'p') and c.relpersistence <> 'p'
        and format('%s.%s', n.nspname, c.relname) <> all ($3::text[])`,
    parameters: [everySchema, ourSchemas, unloggedTables],
  },
  {
    name: 'replication',
    // A publication sends rows of every workspace to whoever subscribes; in the role of a replica no trigger of ours fires.
    sql: `select format('publication %s sends %s', p.pubname, case when p.puballtables then 'every table' else 'tables of ours' end) as finding
      from pg_publication p where p.puballtables
        or exists (select 1 from pg_publication_rel r join pg_class c on c.oid = r.prrelid join pg_namespace n on n.oid = c.relnamespace
          where r.prpubid = p.oid and n.nspname = any ($1::text[]))
        or exists (select 1 from pg_publication_namespace s join pg_namespace n on n.oid = s.pnnspid
          where s.pnpubid = p.oid and n.nspname = any ($1::text[]))
      union all
      select 'the server applies changes as a replica, so triggers and foreign keys are off'
      where current_setting('session_replication_role') <> 'origin'`,
    parameters: [everySchema],
  },
]
