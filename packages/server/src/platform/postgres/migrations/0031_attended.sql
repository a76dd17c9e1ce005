-- When whoever has taken a talk over last looked at it or wrote. Who looks no more has left the person alone: it goes back to the queue.
alter table tenant.escalations
  add column attended_at timestamptz;
grant update (attended_at) on tenant.escalations to hyponema_app;
grant update (attended_at) on tenant.escalations to hyponema_worker;
