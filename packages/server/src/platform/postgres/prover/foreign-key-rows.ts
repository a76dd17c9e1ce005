import type { Asker } from './asker.ts'
import { seesAllRows } from './sees-all-rows.ts'
import type { Verdict } from './verdict.ts'

/**
 * Threat: a foreign key that was added under FORCE row level security was checked against nothing and says that it is valid.
 * Rule: every foreign key of ours is asked again, as a role that sees all rows, for rows whose target does not exist.
 * On failure: a leak with their number. A role that does not see all rows proves nothing: not_probed.
 */
export async function checkForeignKeyRows(ask: Asker): Promise<readonly Verdict[]> {
  const eyes = await seesAllRows(ask)
  const keys = await ask<{ name: string; sql: string }>(keysSql)
  const verdicts: Verdict[] = []
  for (const { name, sql } of keys) {
    const check = `foreign key ${name}`
    if (!eyes.all) {
      verdicts.push({ check, result: 'not_probed', detail: `${eyes.role} does not see all rows` })
      continue
    }
    const [found] = await ask<{ rows: string }>(sql)
    verdicts.push(
      found?.rows === '0'
        ? { check, result: 'held', detail: '' }
        : { check, result: 'leak', detail: `${found?.rows ?? 'unknown'} rows lead to rows that do not exist` },
    )
  }
  return verdicts
}

/** One statement for each key, written by the server itself so that every name is quoted by it. */
const keysSql = `select format('%s of %s', k.conname, k.conrelid::regclass) as name,
    format('select count(*)::text as rows from %s c where %s and not exists (select 1 from %s p where %s)',
      k.conrelid::regclass,
      (select string_agg(format('c.%I is not null', a.attname), ' and ') from unnest(k.conkey) u (num)
        join pg_attribute a on a.attrelid = k.conrelid and a.attnum = u.num),
      k.confrelid::regclass,
      (select string_agg(format('p.%I = c.%I', t.attname, s.attname), ' and ')
        from unnest(k.conkey, k.confkey) u (source, target)
        join pg_attribute s on s.attrelid = k.conrelid and s.attnum = u.source
        join pg_attribute t on t.attrelid = k.confrelid and t.attnum = u.target)) as sql
  from pg_constraint k join pg_namespace n on n.oid = k.connamespace
  where k.contype = 'f' and k.conparentid = 0 and n.nspname not in ('pg_catalog', 'information_schema') order by 1`
