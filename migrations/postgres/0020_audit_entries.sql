-- The audit log: one chain for each workspace, and one for the server. Entries are added, never changed; the oldest go by policy.

create table audit_entries (
    -- The workspace; the nil UUID for the server.
    chain uuid not null,
    seq bigint not null,
    at bigint not null,
    act text not null,
    actor_id uuid,
    -- The session or token: 'session:<id>' or 'token:<id>'.
    via text,
    subject uuid,
    -- How often, where the same was summed.
    count bigint not null,
    -- What may be personal, and goes when a person is erased, with its salt. The chain holds but its digest.
    address text,
    user_agent text,
    detail text,
    salt bytea,
    personal_hash bytea not null,
    -- SHA-256 of the hash before and of everything that stays.
    hash bytea not null,
    constraint audit_entries_pkey primary key (chain, seq)
);

create table audit_heads (
    chain uuid not null primary key,
    seq bigint not null,
    hash bytea not null,
    -- The newest entry that went by policy, and its hash: the anchor of those that are kept.
    floor bigint not null,
    floor_hash bytea not null,
    -- Head and anchor, sealed: see the vault. Whoever has the database alone cannot write another.
    seal bytea not null
);

-- What somebody did, and what was done to them.
create index audit_entries_actor_idx on audit_entries (chain, actor_id, seq);
create index audit_entries_subject_idx on audit_entries (chain, subject, seq);
-- What is old.
create index audit_entries_at_idx on audit_entries (chain, at);
