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
] as const

/** How many rows are there that do not follow, or follow and are not there, as `wrong`. */
export function differenceSql({ kept, follows }: (typeof derivedTables)[number]): string {
  return `select count(*)::int as wrong from ((${kept} except ${follows}) union all (${follows} except ${kept})) difference`
}
