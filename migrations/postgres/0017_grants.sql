-- What people let programs do (OAuth 2.1).

-- Programs that a workspace's admins registered.
create table oauth_clients (
    id text not null primary key,
    workspace_id uuid not null,
    name text not null,
    -- Addresses, one a line.
    redirects text not null,
    created_at bigint not null
);

-- Between a person's consent and the program's tokens.
create table oauth_codes (
    -- SHA-256.
    code_hash bytea not null primary key,
    client_id text not null,
    user_id uuid not null,
    redirect text not null,
    -- SHA-256 of the verifier, in base64url.
    challenge text not null,
    scopes text not null,
    -- The only workspace that it is for.
    only_in uuid,
    expires_at bigint not null,
    redeemed boolean not null default false,
    -- What it gave.
    session_id uuid,
    constraint oauth_codes_user_fkey foreign key (user_id) references users (id) on delete cascade
);

-- What a session was granted for, where it is a program's that was let in.
alter table sessions add column client_id text;
alter table sessions add column scopes text;
alter table sessions add column only_in uuid;

-- Which program asks, before it is known who answers.
create policy program on oauth_clients for select
    using ((select current_setting('teamflow.errand', true)) = 'program');

-- A workspace's programs.
create index oauth_clients_workspace_idx on oauth_clients (workspace_id, created_at);
-- Codes that have ended.
create index oauth_codes_expires_idx on oauth_codes (expires_at);
-- The grants of a program that is removed.
create index sessions_client_idx on sessions (client_id);
