-- Accounts about to be made: an address that was typed, until who has it opens the link that was mailed there.

create table sign_ups (
    -- SHA-256 of the secret in the link.
    token_hash bytea not null primary key,
    -- The address that it was sent to.
    email text not null,
    created_at bigint not null,
    expires_at bigint not null
);

-- How lately an address was written to.
create index sign_ups_email_idx on sign_ups (email, created_at);
-- Links that have ended.
create index sign_ups_expires_idx on sign_ups (expires_at);
