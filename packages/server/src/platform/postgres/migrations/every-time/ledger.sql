-- Runs before every migrate, as the administrator: what the runner itself stands on.
do $$
begin
  execute format('grant create, connect on database %I to hyponema_owner', current_database());
  execute format('grant connect on database %I to hyponema_migrator', current_database());
  if to_regnamespace('app') is null then
    execute 'create schema app';
    execute 'alter schema app owner to hyponema_owner';
  end if;
  if to_regclass('app.schema_migrations') is null then
    execute 'create table app.schema_migrations (
      version integer primary key,
      name text not null,
      sha256 text not null,
      applied_at timestamptz not null default now())';
    execute 'alter table app.schema_migrations owner to hyponema_owner';
  end if;
end
$$;
