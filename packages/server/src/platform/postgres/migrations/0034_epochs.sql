-- Placeholder: epochs of user keys.
select 1;
