/** Enough that an index is worth its while and everything stays in memory. */
export const plantedWorkspaces = 50
const sessionsEach = 400

/** Ids by a number, so that the statements of a pair touch the same rows: a v7 form with the time of 2026. */
const idSql = (kind: string, number: string): string =>
  `('01970000-0000-7${kind}00-8000-' || lpad(to_hex(${number}), 12, '0'))::uuid`

export const workspaceIdOf = (number: number): string =>
  `01970000-0000-7000-8000-${number.toString(16).padStart(12, '0')}`
export const sessionIdOf = (workspace: number, session: number): string =>
  `01970000-0000-7400-8000-${(workspace * 1000 + session).toString(16).padStart(12, '0')}`
export const agentIdOf = (workspace: number): string =>
  `01970000-0000-7100-8000-${workspace.toString(16).padStart(12, '0')}`

/** Workspaces with one agent, one user and many sessions each. Row security is off for the superuser who runs this. */
export const plantStatements = [
  `insert into tenant.workspaces (workspace_id, name)
    select ${idSql('0', 'w')}, 'Bench ' || w from generate_series(1, ${plantedWorkspaces}) w`,
  `insert into tenant.agents (workspace_id, id, name, sensitivity, draft)
    select ${idSql('0', 'w')}, ${idSql('1', 'w')}, 'Bench', 'ordinary', '{}' from generate_series(1, ${plantedWorkspaces}) w`,
  `insert into tenant.agent_versions (workspace_id, agent_id, version, document, sha256, published_by)
    select ${idSql('0', 'w')}, ${idSql('1', 'w')}, 1, '{}', sha256('x'), 'bench' from generate_series(1, ${plantedWorkspaces}) w`,
  `insert into tenant.users (workspace_id, id, external_id_index, external_id)
    select ${idSql('0', 'w')}, ${idSql('2', 'w')}, sha256('x'), 'x' from generate_series(1, ${plantedWorkspaces}) w`,
  `insert into tenant.sessions (workspace_id, id, agent_id, agent_version, user_id, modality, client, variables,
      variables_sha256, origins_sha256, policy_sha256, token_jti, ttl_seconds, expires_at)
    select ${idSql('0', 'w')}, ${idSql('4', '(w * 1000 + s)')}, ${idSql('1', 'w')}, 1, ${idSql('2', 'w')}, 'text', 'native', 'x',
      sha256('x'), sha256('x'), sha256('x'), gen_random_uuid(), 600, now() + interval '1 day'
    from generate_series(1, ${plantedWorkspaces}) w cross join generate_series(1, ${sessionsEach}) s`,
  `analyze`,
]

/** Takes the walls away: the same tables, keys and rows, and nothing that is asked of the scope. */
export const withoutRowSecuritySql = `
  do $$
  declare
    target record;
  begin
    for target in select c.oid::regclass as name from pg_class c
      where c.relnamespace = 'tenant'::regnamespace and c.relkind in ('r', 'p')
    loop
      execute format('alter table %s disable row level security', target.name);
      execute format('alter table %s no force row level security', target.name);
    end loop;
  end
  $$;
`
