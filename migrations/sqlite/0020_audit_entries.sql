-- The audit log: one chain for each workspace, and one for the server. Entries are added, never changed; the oldest go by policy.

create table audit_entries (
    -- The workspace; the nil UUID for the server.
    chain blob not null,
    seq bigint not null,
    at bigint not null,
    act text not null,
    actor_id blob,
    -- The session or token: 'session:<id>' or 'token:<id>'.
    via text,
    subject blob,
    -- How often, where the same was summed.
    count bigint not null,
    -- What may be personal, and goes when a person is erased, with its salt. The chain holds but its digest.
    address text,
    user_agent text,
    detail text,
    salt blob,
    personal_hash blob not null,
    -- SHA-256 of the hash before and of everything that stays.
    hash blob not null,
    constraint audit_entries_pkey primary key (chain, seq)
);

create table audit_heads (
    chain blob not null primary key,
    seq bigint not null,
    hash blob not null,
    -- The newest entry that went by policy, and its hash: the anchor of those that are kept.
    floor bigint not null,
    floor_hash blob not null,
    -- Head and anchor, sealed: see the vault. Whoever has the database alone cannot write another.
    seal blob not null
);

-- What somebody did, and what was done to them.
create index audit_entries_actor_idx on audit_entries (chain, actor_id, seq);
create index audit_entries_subject_idx on audit_entries (chain, subject, seq);
-- What is old.
create index audit_entries_at_idx on audit_entries (chain, at);
