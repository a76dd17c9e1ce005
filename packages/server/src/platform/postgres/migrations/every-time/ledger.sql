-- Runs before the migrations, as the owner: what the runner itself stands on.
create schema if not exists app;
create table if not exists app.schema_migrations (
  version integer primary key,
  name text not null,
  sha256 text not null,
  applied_at timestamptz not null default now()
);
