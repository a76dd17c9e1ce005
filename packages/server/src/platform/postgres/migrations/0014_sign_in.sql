-- A request is found by the cookie of the browser that asked: one cookie, one request.
create unique index sign_in_requests_by_browser on identity.sign_in_requests (browser_sha256);

-- Who belongs to several workspaces chooses one after the link has been used: the proof is a secret of that answer, because
-- the cookie is older than the confirmation. Only its hash is here; it goes when the choice is made.
alter table identity.sign_in_requests add column choice_sha256 bytea check (octet_length(choice_sha256) = 32);
grant update (choice_sha256) on identity.sign_in_requests to hyponema_auth;
