-- lifts-force: tenant.sessions
-- What a voice session will be billed for by its providers, counted with each turn.
alter table tenant.sessions
  add column listened_ms integer not null default 0 check (listened_ms >= 0),
  add column spoken_characters integer not null default 0 check (spoken_characters >= 0);
