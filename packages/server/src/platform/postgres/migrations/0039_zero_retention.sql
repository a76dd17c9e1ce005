-- Placeholder: zero retention.
select 1;
