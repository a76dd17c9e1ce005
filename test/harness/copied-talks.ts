import type { Uuid } from '@hyponema/contract'

/**
 * A statement that copies an ended session with its turns, decisions and traces, `count` times, under ids of now. The copies ended
 * evenly over the days before `endedDaysAgo`, and bear the words of the original, which open in none of them.
 */
export function copiedTalksSql(options: {
  readonly sessionId: Uuid
  readonly count: number
  readonly endedDaysAgo: number
  /** Turns of each copy for one of the original. */
  readonly turnsPerTurn?: number
  readonly agentId?: Uuid
  readonly userId?: Uuid
}): string {
  const { sessionId, count, endedDaysAgo, turnsPerTurn = 1, agentId, userId } = options
  const changed = [
    "'id', app.uuid_v7()",
    "'token_jti', app.uuid_v7()",
    "'purged', 0",
    `'ended_at', now() - interval '${endedDaysAgo} days' - n * interval '1 day' / ${count}`,
    ...(agentId === undefined ? [] : [`'agent_id', '${agentId}'`]),
    ...(userId === undefined ? [] : [`'user_id', '${userId}'`]),
  ]
  // No column is called copy: it ties the record to its number, else one id would be made for all of them.
  const copied = (table: string, times = 1): string =>
    `insert into tenant.${table} select r.* from made, tenant.${table} t, generate_series(1, ${times}) n,
      lateral jsonb_populate_record(t, jsonb_build_object('id', app.uuid_v7(), 'session_id', made.id, 'copy', n)) r
     where t.session_id = '${sessionId}'`
  return `with made as (
      insert into tenant.sessions select r.* from tenant.sessions s, generate_series(1, ${count}) n,
        lateral jsonb_populate_record(s, jsonb_build_object(${changed.join(', ')})) r
      where s.id = '${sessionId}' returning id
    ),
    decisions as (${copied('decisions')} returning 1),
    traces as (${copied('turn_traces')} returning 1)
    ${copied('turns', turnsPerTurn)}`
}
