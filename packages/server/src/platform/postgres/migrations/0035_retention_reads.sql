-- What retention asks of the database, found without reading what stays; and rules by which something is never stored.

-- Ended sessions by what they have lost and when they ended: a batch reads the rows that it removes, however many stay. The one of
-- agents is for those with shorter rules of their own. The index before it was by id, so each batch read past all that had not
-- lost everything yet.
drop index tenant.sessions_unpurged;
create index sessions_by_purged on tenant.sessions (workspace_id, purged, ended_at, id) where ended_at is not null;
create index sessions_of_agent_by_purged on tenant.sessions (workspace_id, agent_id, purged, ended_at, id)
  where ended_at is not null;
-- The oldest words of tools, of which most turns have none.
create index turns_with_tools on tenant.turns (workspace_id, id) where tool_payloads is not null;

-- A rule can be 'never': then no day of a month is kept.
create or replace function app.keep_retention_bounds() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
  insert into app.retention_bounds as b (workspace_id, turns, decisions, turn_traces, audit_events)
  values (new.workspace_id,
    coalesce(nullif(new.rules ->> 'transcripts', 'never'), '0')::integer,
    coalesce(nullif(new.rules ->> 'decisions', 'never'), '0')::integer,
    coalesce(nullif(new.rules ->> 'traces', 'never'), '0')::integer,
    (new.rules ->> 'audit')::integer)
  on conflict (workspace_id) do update set turns = excluded.turns, decisions = excluded.decisions,
    turn_traces = excluded.turn_traces, audit_events = excluded.audit_events;
  return null;
end
$$;
