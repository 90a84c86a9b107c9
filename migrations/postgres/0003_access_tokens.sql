-- Short-lived access tokens over rotating sessions.

alter table sessions add column kind text not null default 'browser';
-- Whether the person asked to stay signed in.
alter table sessions add column remembered boolean not null default true;

-- Secrets of sessions that were exchanged for the next: whoever brings one again may have stolen it.
create table spent_secrets (
    -- SHA-256.
    token_hash bytea not null primary key,
    session_id uuid not null,
    spent_at bigint not null,
    -- What it was exchanged for; nothing where it must not be excused any more.
    next_hash bytea,
    constraint spent_secrets_session_fkey foreign key (session_id) references sessions (id) on delete cascade
);

-- Sessions that were ended before their access tokens were over.
create table revocations (
    session_id uuid not null primary key,
    until bigint not null
);

-- What access tokens are signed with.
create table signing_keys (
    id text not null primary key,
    -- Ed25519.
    public_key bytea not null,
    -- Sealed: see the vault.
    sealed_seed bytea not null,
    created_at bigint not null
);

-- The spent secrets of a session that ends.
create index spent_secrets_session_idx on spent_secrets (session_id);
