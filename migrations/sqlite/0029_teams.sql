-- People who work together, under a name.

create table teams (
    workspace_id blob not null,
    id blob not null,
    -- The change that last touched the row.
    v bigint not null,
    name text not null,
    lead blob,
    members text not null,
    created_at bigint not null,
    constraint teams_pkey primary key (workspace_id, id)
);
