-- Exports of workspaces: files in the data folder, until they end.

create table exports (
    id blob not null primary key,
    workspace_id blob not null,
    created_by blob not null,
    created_at bigint not null,
    expires_at bigint not null,
    -- Null while it is written.
    finished_at bigint,
    row_count bigint not null,
    byte_count bigint not null,
    -- What went wrong.
    problem text
);

-- A workspace's exports.
create index exports_workspace_idx on exports (workspace_id, created_at);
