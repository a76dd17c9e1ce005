-- Placeholder: posture.
select 1;
