/** Tables whose rows a trigger keeps: what must follow from which other rows. A login that sees all rows compares. */
export const derivedTables = [
  {
    table: 'app.canaries',
    source: 'tenant.workspaces',
    kept: 'select workspace_id from app.canaries',
    follows: 'select workspace_id from tenant.workspaces where is_canary',
  },
  {
    table: 'app.workspace_ids',
    source: 'tenant.workspaces',
    kept: 'select workspace_id from app.workspace_ids',
    follows: 'select workspace_id from tenant.workspaces where not is_canary',
  },
  {
    table: 'identity.membership_index',
    source: 'tenant.memberships',
    kept: 'select identity_id, workspace_id from identity.membership_index',
    follows: 'select identity_id, workspace_id from tenant.memberships',
  },
  {
    table: 'app.retention_bounds',
    source: 'tenant.retention_rules',
    kept: 'select workspace_id, turns, decisions, turn_traces, audit_events from app.retention_bounds',
    follows: `select workspace_id, coalesce(nullif(rules ->> 'transcripts', 'never'), '0')::int,
      coalesce(nullif(rules ->> 'decisions', 'never'), '0')::int, coalesce(nullif(rules ->> 'traces', 'never'), '0')::int,
      (rules ->> 'audit')::int from tenant.retention_rules`,
  },
  {
    table: 'app.active_holds',
    source: 'tenant.legal_holds',
    kept: 'select workspace_id, id, until from app.active_holds',
    follows: 'select workspace_id, id, until from tenant.legal_holds where released_at is null',
  },
] as const

/** How many rows are there that do not follow, or follow and are not there, as `wrong`. */
export function differenceSql({ kept, follows }: (typeof derivedTables)[number]): string {
  return `select count(*)::int as wrong from ((${kept} except ${follows}) union all (${follows} except ${kept})) difference`
}
