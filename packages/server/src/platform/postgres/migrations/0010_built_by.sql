-- What the last whole migrate was made of (build-digest.ts). A start of the embedded database that finds its own here has
-- nothing to migrate; null, as on a server that is not ours, means that nobody has said so.
alter table app.installation add column built_by text;
