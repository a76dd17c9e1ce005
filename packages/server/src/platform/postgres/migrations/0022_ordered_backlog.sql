-- What an ordered endpoint may be sent is asked by session and by when each event was recorded. The index of before ended in the
-- id of the event, so that a backlog of one session was read and sorted for each of its rows.
drop index tenant.webhook_deliveries_in_order;
create index webhook_deliveries_in_order
  on tenant.webhook_deliveries (workspace_id, webhook_id, session_id, event_created_at, event_id)
  where state = 'pending' and session_id is not null;
-- And whether an earlier event of the session has not been fanned out yet.
create index outbox_in_order on tenant.outbox (workspace_id, session_id) where state = 'pending' and session_id is not null;
