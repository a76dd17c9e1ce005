/** What the columns of policies hold; part of `columnClasses`. A policy is how a workspace set its agents up: about no person. */
export const policyColumnClasses = {
  'tenant.policies': {
    workspace_id: 'none',
    id: 'none',
    name: 'operational',
    draft: 'operational',
    draft_revision: 'none',
    published_version: 'none',
    shadow_version: 'none',
    shadow_share: 'operational',
    agents: 'none',
    created_at: 'none',
    updated_at: 'none',
    removed_at: 'none',
  },
  'tenant.policy_versions': {
    workspace_id: 'none',
    policy_id: 'none',
    version: 'none',
    document: 'operational',
    sha256: 'operational',
    note: 'operational',
    published_at: 'none',
    published_by: 'operational',
  },
  'tenant.policy_texts': { workspace_id: 'none', sha256: 'operational', layers: 'operational', created_at: 'none' },
  'app.floors': { version: 'none', document: 'operational', set_at: 'operational' },
} as const
