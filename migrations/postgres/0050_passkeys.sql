-- Passkeys, and by what means a session began.

create table passkeys (
    id uuid not null primary key,
    user_id uuid not null,
    name text not null,
    -- What the authenticator calls it.
    credential_id bytea not null,
    -- As the authenticator wrote it (COSE). It opens nothing, so it is not sealed.
    public_key bytea not null,
    -- How often the authenticator has signed; always 0 where it does not count.
    sign_count bigint not null,
    created_at bigint not null,
    -- Null until somebody came in by it.
    last_used_at bigint,
    constraint passkeys_credential_key unique (credential_id),
    constraint passkeys_user_fkey foreign key (user_id) references users (id) on delete cascade
);

-- Somebody's passkeys.
create index passkeys_user_idx on passkeys (user_id);

-- Null in sessions that are older than this, or were given to programs.
alter table sessions add column means text;
