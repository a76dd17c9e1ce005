-- How often a tool was called for one person in a day of UTC, over all sessions. Only tools that a rule bounds by the day have
-- rows. The person's row of the day is where two sessions meet: what counts up and what is compared is one statement.
create table tenant.tool_days (
  workspace_id uuid not null,
  user_id uuid not null,
  -- As the model calls it.
  tool text not null check (char_length(tool) between 1 and 64),
  day date not null,
  calls integer not null check (calls > 0),
  primary key (workspace_id, user_id, tool, day),
  foreign key (workspace_id, user_id) references tenant.users (workspace_id, id)
);
call app.protect_table('tenant.tool_days');
grant select, insert, update, delete on tenant.tool_days to hyponema_app;
grant select, delete on tenant.tool_days to hyponema_worker;
