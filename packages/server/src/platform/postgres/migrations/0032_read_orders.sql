-- The queue in its order when no state is asked for: all that there ever were are in it.
create index escalations_by_urgency on tenant.escalations (workspace_id, priority desc, id);
-- Who gives a talk back gives the next one time: until when stands in the row, as it did for the first.
grant update (due_at) on tenant.escalations to hyponema_app;
grant update (due_at) on tenant.escalations to hyponema_worker;
-- The newest consent of a person decides, and each question about a contact asks for it.
create index consents_by_time on tenant.consents (workspace_id, user_id, occurred_at desc, id desc);
