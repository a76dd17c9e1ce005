/** The columns of retention and of requests about personal data; part of `columnClasses`. */
export const privacyColumnClasses = {
  'tenant.retention_rules': {
    workspace_id: 'none',
    preset: 'operational',
    rules: 'operational',
    updated_at: 'none',
    run_begun_at: 'operational',
    run_finished_at: 'operational',
    run_error: 'operational',
    removed: 'operational',
  },
  'tenant.legal_holds': {
    workspace_id: 'none',
    id: 'none',
    user_id: 'user_identifier',
    agent_id: 'none',
    reason: 'operational',
    created_by: 'operational',
    created_at: 'none',
    until: 'operational',
    released_at: 'operational',
    released_by: 'operational',
  },
  'app.retention_bounds': {
    workspace_id: 'none',
    turns: 'operational',
    decisions: 'operational',
    turn_traces: 'operational',
    audit_events: 'operational',
  },
  'app.active_holds': { workspace_id: 'none', id: 'none', until: 'operational' },
} as const
