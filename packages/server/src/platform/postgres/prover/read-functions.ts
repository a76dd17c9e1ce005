import type { Asker } from './asker.ts'

/** A function or procedure as pg_proc shows it, for one role. */
export type FunctionInfo = {
  readonly signature: string
  /** Qualified and quoted, to be called. */
  readonly name: string
  readonly isProcedure: boolean
  readonly isOurs: boolean
  readonly isVariadic: boolean
  readonly types: readonly string[]
  readonly mayExecute: boolean
}

/** Everything that can be called, of ours and of the server; triggers cannot, aggregates take no single call. */
export function readFunctions(ask: Asker, role: string): Promise<readonly FunctionInfo[]> {
  return ask<FunctionInfo>(
    `select p.oid::regprocedure::text as signature, format('%I.%I', n.nspname, p.proname) as name, p.prokind = 'p' as "isProcedure",
       n.nspname not in ('pg_catalog', 'information_schema') as "isOurs", p.provariadic <> 0 as "isVariadic",
       array(select t.type::regtype::text from unnest(p.proargtypes::oid[]) with ordinality t (type, place) order by t.place) as types,
       has_schema_privilege($1, n.oid, 'USAGE') and has_function_privilege($1, p.oid, 'EXECUTE') as "mayExecute"
     from pg_proc p join pg_namespace n on n.oid = p.pronamespace
     where p.prokind in ('f', 'p') and p.prorettype not in ('trigger'::regtype, 'event_trigger'::regtype, 'internal'::regtype)
       and n.nspname !~ '^pg_(toast|temp)' order by 1`,
    [role],
  )
}
