-- Links are counted for an address and the network that asks, so that a stranger uses up his own count and not that of the
-- person whose address it is. A hash, and gone with the request.
alter table identity.sign_in_requests add column network_sha256 bytea check (octet_length(network_sha256) = 32);
