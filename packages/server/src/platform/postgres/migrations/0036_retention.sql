-- Placeholder: retention and legal holds.
select 1;
