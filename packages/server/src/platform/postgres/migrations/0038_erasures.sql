-- Placeholder: erasures.
select 1;
