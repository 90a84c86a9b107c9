-- People who work together, under a name.

create table teams (
    workspace_id uuid not null,
    id uuid not null,
    -- The change that last touched the row.
    v bigint not null,
    name text not null,
    lead uuid,
    members jsonb not null,
    created_at bigint not null,
    constraint teams_pkey primary key (workspace_id, id)
);
