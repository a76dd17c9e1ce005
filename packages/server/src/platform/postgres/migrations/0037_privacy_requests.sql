-- Placeholder: privacy requests and exports.
select 1;
