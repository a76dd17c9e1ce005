-- lifts-force: tenant.credential_openings
-- What ran in a turn, as a tree of spans. Names nothing in words: ids, hashes and numbers, which still tell about a person.
create table tenant.turn_traces (
  workspace_id uuid not null,
  -- The turn's own id; partitioned tables refer to nothing partitioned (see turns).
  id uuid not null,
  session_id uuid not null,
  -- 512 KiB and what sealing adds to it.
  content bytea check (octet_length(content) <= 600000),
  created_at timestamptz not null default now(),
  primary key (workspace_id, id),
  foreign key (workspace_id, session_id) references tenant.sessions (workspace_id, id)
) partition by range (id);
create index turn_traces_by_session on tenant.turn_traces (workspace_id, session_id, id desc);
call app.protect_table('tenant.turn_traces');
grant select, insert on tenant.turn_traces to hyponema_app;
grant select, insert, delete on tenant.turn_traces to hyponema_worker;
create trigger clock before insert on tenant.turn_traces for each row execute function app.refuse_foreign_clock();

insert into app.partitioned_tables (name, append_only) values ('turn_traces', false);
select app.ensure_partitions();

-- Keys of the customer's backend are opened for tools and for the resolver of variables, too.
alter table tenant.credential_openings drop constraint credential_openings_purpose_check;
alter table tenant.credential_openings add constraint credential_openings_purpose_check
  check (purpose in ('model', 'speech', 'voice', 'tool', 'resolver', 'test'));
