-- What a workspace's admins say of the keys that programs bring.

create table key_policies (
    workspace_id uuid not null primary key,
    -- Whether keys that members made for themselves are taken.
    takes_personal boolean not null,
    -- The longest life of a key, in days; null where there is none.
    days_max bigint
);

-- Keys and grants that reach other workspaces too, and not this one any more.
create table shut_out_keys (
    workspace_id uuid not null,
    -- The token's id, or the session's.
    sign_in_id uuid not null,
    at bigint not null,
    constraint shut_out_keys_pkey primary key (workspace_id, sign_in_id)
);
