-- Placeholder: recordings.
select 1;
