-- What reaches people by mail or is handed on: links to choose another password, to confirm an address, to join a workspace.

alter table users add column email_confirmed_at bigint;

create table account_links (
    -- SHA-256 of the secret in the link.
    token_hash bytea not null primary key,
    user_id uuid not null,
    purpose text not null,
    -- The address that it was sent to.
    email text not null,
    created_at bigint not null,
    expires_at bigint not null,
    constraint account_links_user_fkey foreign key (user_id) references users (id) on delete cascade
);

create table invitations (
    id uuid not null primary key,
    workspace_id uuid not null,
    -- SHA-256 of the secret in the link.
    token_hash bytea not null,
    -- Whom it is for; null for everybody who has the link.
    email text,
    role text not null,
    created_by uuid not null,
    created_at bigint not null,
    expires_at bigint not null,
    constraint invitations_token_hash_key unique (token_hash)
);

-- How lately somebody got a link.
create index account_links_user_idx on account_links (user_id, purpose, created_at);
-- Links that have ended.
create index account_links_expires_idx on account_links (expires_at);
-- A workspace's open invitations.
create index invitations_workspace_idx on invitations (workspace_id, created_at);
-- Invitations that have ended.
create index invitations_expires_idx on invitations (expires_at);
