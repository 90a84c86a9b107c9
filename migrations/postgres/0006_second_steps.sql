-- The second step of signing in.

create table second_steps (
    user_id uuid not null primary key,
    -- What codes are made from; sealed: see the vault.
    sealed_seed bytea not null,
    created_at bigint not null,
    -- Null while it waits for a first code.
    confirmed_at bigint,
    -- The half minute of the last code that was good.
    last_step bigint not null,
    -- Recovery codes until the person has noted them; sealed.
    sealed_codes bytea,
    constraint second_steps_user_fkey foreign key (user_id) references users (id) on delete cascade
);

create table recovery_codes (
    user_id uuid not null,
    -- SHA-256.
    code_hash bytea not null,
    constraint recovery_codes_pkey primary key (user_id, code_hash),
    constraint recovery_codes_user_fkey foreign key (user_id) references second_steps (user_id) on delete cascade
);
