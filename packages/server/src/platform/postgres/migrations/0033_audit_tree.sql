-- Placeholder: the tree of the audit log.
select 1;
