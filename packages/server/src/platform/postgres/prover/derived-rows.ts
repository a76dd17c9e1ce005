/**
 * Threat: rows that only migrations and triggers write were changed by hand: a workspace that no work is done for, a person
 * who is led to a workspace of others, another login's kinds of work, evidence that may be changed.
 * Rule: what migrations have put there stands here a second time; what triggers keep must follow from the rows it is kept
 * from. No login of serving can read these tables, so they are asked as one that sees all rows.
 * On failure: a leak that names the table. A role that does not see all rows proves nothing: not_probed.
 */
import { derivedTables, differenceSql } from '../derived-tables.ts'
import type { Asker } from './asker.ts'
import { seesAllRows } from './sees-all-rows.ts'
import { judged, type Verdict } from './verdict.ts'

/** What the migrations of this build have put there, one line a row. */
const migratedRows = [
  {
    table: 'app.dispatch_kinds',
    sql: "select format('%s %s %s %s', kind, claimed_by, put_by_hand, done_by_hand) as line from app.dispatch_kinds order by 1",
    lines: [
      'audit_checkpoint hyponema_sealer t t',
      'audit_publish hyponema_worker t t',
      'credential_version hyponema_worker t t',
      'escalation_due hyponema_worker t t',
      'knowledge hyponema_worker t t',
      'outbox hyponema_worker t t',
      'seal hyponema_sealer f f',
      'session_expiry hyponema_worker t t',
      'session_lease hyponema_worker f t',
      'webhook hyponema_worker t t',
      'webhook_care hyponema_worker t t',
      'webhook_removal hyponema_worker t t',
    ],
  },
  {
    table: 'app.partitioned_tables',
    sql: "select format('%s %s', name, append_only) as line from app.partitioned_tables order by 1",
    lines: ['audit_events t', 'decisions f', 'turn_traces f', 'turns f'],
  },
] as const

export async function checkDerivedRows(ask: Asker): Promise<readonly Verdict[]> {
  const eyes = await seesAllRows(ask)
  if (!eyes.all) {
    const detail = `${eyes.role} does not see all rows`
    return [...migratedRows, ...derivedTables].map(({ table }) => ({
      check: `rows of ${table}`,
      result: 'not_probed',
      detail,
    }))
  }
  const verdicts: Verdict[] = []
  for (const { table, sql, lines } of migratedRows) {
    const found = (await ask<{ line: string }>(sql)).map(({ line }) => line)
    const isSame = JSON.stringify(found) === JSON.stringify(lines)
    verdicts.push(judged(`rows of ${table}`, isSame, `they are ${found.join('; ')}`))
  }
  for (const one of derivedTables) {
    const [row] = await ask<{ wrong: number }>(differenceSql(one))
    const detail = `${row?.wrong ?? 'unknown'} of them do not follow from ${one.source}, or are missing`
    verdicts.push(judged(`rows of ${one.table}`, row?.wrong === 0, detail))
  }
  return verdicts
}
