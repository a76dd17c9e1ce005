-- Placeholder: commitments of audit events.
select 1;
