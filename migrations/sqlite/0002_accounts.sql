-- People who can sign in, and what they show to be recognised: not synced.

create table users (
    -- The same id as in the person's members rows.
    id blob not null primary key,
    -- In lower case.
    email text not null,
    name text not null,
    -- Argon2id, in the PHC format.
    password_hash text not null,
    created_at bigint not null,
    is_site_admin boolean not null,
    constraint users_email_key unique (email)
);

create table sessions (
    id blob not null primary key,
    -- SHA-256 of the cookie's secret.
    token_hash blob not null,
    user_id blob not null,
    created_at bigint not null,
    expires_at bigint not null,
    last_seen_at bigint not null,
    user_agent text,
    constraint sessions_token_hash_key unique (token_hash),
    constraint sessions_user_fkey foreign key (user_id) references users (id) on delete cascade
);

create table api_tokens (
    id blob not null primary key,
    user_id blob not null,
    name text not null,
    -- SHA-256 of the secret.
    token_hash blob not null,
    created_at bigint not null,
    expires_at bigint,
    last_used_at bigint,
    constraint api_tokens_token_hash_key unique (token_hash),
    constraint api_tokens_user_fkey foreign key (user_id) references users (id) on delete cascade
);

-- A person's sessions that are over.
create index sessions_user_idx on sessions (user_id, expires_at);
-- A person's tokens.
create index api_tokens_user_idx on api_tokens (user_id, created_at);
