-- The sync engine: one dense order of changes for each workspace, and the rows that they lead to.

-- The lock that serialises a workspace's writes: whoever holds this row assigns the next numbers.
create table workspace_heads (
    workspace_id uuid not null primary key,
    seq bigint not null,
    -- The lowest number from which the log can still be followed.
    floor bigint not null,
    -- One life of the log; a restored backup starts another.
    epoch uuid not null
) with (fillfactor = 50);

-- Which command got which number.
create table tx_log (
    workspace_id uuid not null,
    seq bigint not null,
    -- Null for commands of the server itself.
    replica_id uuid,
    mid bigint,
    cid uuid not null,
    actor_id uuid not null,
    name text not null,
    at bigint not null,
    constraint tx_log_pkey primary key (workspace_id, seq)
);

-- What a command did, encoded once for each scope: the very bytes that are sent.
create table change_log (
    workspace_id uuid not null,
    seq bigint not null,
    scope text not null,
    part text not null,
    constraint change_log_pkey primary key (workspace_id, seq, scope)
);

-- Writers of commands, and the number of the last one judged.
create table sync_replicas (
    id uuid not null primary key,
    user_id uuid not null,
    workspace_id uuid not null,
    last_mid bigint not null,
    seen_at bigint not null
);

-- What became of each command: a repeated one is answered the same.
create table command_results (
    replica_id uuid not null,
    mid bigint not null,
    cid uuid not null,
    -- JSON of the outcome.
    outcome text not null,
    at bigint not null,
    constraint command_results_pkey primary key (replica_id, mid)
);

-- The change that last touched who may see something: 'p:<project>' or 'u:<user>'.
create table access_marks (
    workspace_id uuid not null,
    subject text not null,
    seq bigint not null,
    constraint access_marks_pkey primary key (workspace_id, subject)
);

create table workspaces (
    workspace_id uuid not null,
    id uuid not null,
    -- The change that last touched the row.
    v bigint not null,
    name text not null,
    slug text not null,
    created_at bigint not null,
    constraint workspaces_pkey primary key (workspace_id, id)
);

create table members (
    workspace_id uuid not null,
    id uuid not null,
    -- The change that last touched the row.
    v bigint not null,
    name text not null,
    handle text,
    color text not null,
    role text not null,
    active boolean not null,
    placeholder boolean not null,
    joined_at bigint not null,
    constraint members_pkey primary key (workspace_id, id)
);

create table projects (
    workspace_id uuid not null,
    id uuid not null,
    -- The change that last touched the row.
    v bigint not null,
    key text not null,
    name text not null,
    color text not null,
    visibility text not null,
    lead uuid,
    members jsonb not null,
    start_on bigint,
    due_on bigint,
    next_number bigint not null,
    archived_at bigint,
    trashed_at bigint,
    created_by uuid not null,
    created_at bigint not null,
    constraint projects_pkey primary key (workspace_id, id)
);

create table statuses (
    workspace_id uuid not null,
    id uuid not null,
    -- The change that last touched the row.
    v bigint not null,
    project_id uuid not null,
    name text not null,
    category text not null,
    color text not null,
    rank text collate "C" not null,
    wip_limit bigint,
    archived_at bigint,
    constraint statuses_pkey primary key (workspace_id, id)
);

create table labels (
    workspace_id uuid not null,
    id uuid not null,
    -- The change that last touched the row.
    v bigint not null,
    project_id uuid not null,
    name text not null,
    color text not null,
    constraint labels_pkey primary key (workspace_id, id)
);

create table tasks (
    workspace_id uuid not null,
    id uuid not null,
    -- The change that last touched the row.
    v bigint not null,
    project_id uuid not null,
    number bigint not null,
    title text not null,
    status_id uuid not null,
    rank text collate "C" not null,
    priority text not null,
    points bigint,
    estimate bigint,
    start_on bigint,
    due_on bigint,
    assignees jsonb not null,
    labels jsonb not null,
    parent_id uuid,
    checklist_total bigint not null,
    checklist_done bigint not null,
    comment_count bigint not null,
    has_description boolean not null,
    completed_at bigint,
    archived_at bigint,
    trashed_at bigint,
    created_by uuid not null,
    created_at bigint not null,
    constraint tasks_pkey primary key (workspace_id, id)
);

create table descriptions (
    workspace_id uuid not null,
    id uuid not null,
    -- The change that last touched the row.
    v bigint not null,
    project_id uuid not null,
    markdown text not null,
    constraint descriptions_pkey primary key (workspace_id, id)
);

create table checklist_items (
    workspace_id uuid not null,
    id uuid not null,
    -- The change that last touched the row.
    v bigint not null,
    task_id uuid not null,
    project_id uuid not null,
    text text not null,
    done boolean not null,
    rank text collate "C" not null,
    heading text,
    constraint checklist_items_pkey primary key (workspace_id, id)
);

create table comments (
    workspace_id uuid not null,
    id uuid not null,
    -- The change that last touched the row.
    v bigint not null,
    task_id uuid not null,
    project_id uuid not null,
    author_id uuid not null,
    text text not null,
    created_at bigint not null,
    edited_at bigint,
    constraint comments_pkey primary key (workspace_id, id)
);

create table attachments (
    workspace_id uuid not null,
    id uuid not null,
    -- The change that last touched the row.
    v bigint not null,
    task_id uuid not null,
    project_id uuid not null,
    title text not null,
    url text not null,
    added_by uuid not null,
    added_at bigint not null,
    constraint attachments_pkey primary key (workspace_id, id)
);

create table imports (
    workspace_id uuid not null,
    id uuid not null,
    -- The change that last touched the row.
    v bigint not null,
    project_id uuid not null,
    source text not null,
    name text not null,
    placeholders jsonb not null,
    task_count bigint not null,
    created_by uuid not null,
    created_at bigint not null,
    undone_at bigint,
    constraint imports_pkey primary key (workspace_id, id)
);

-- A workspace is found by its address, which is unique on the server.
create unique index workspaces_slug_key on workspaces (slug);
-- A member's workspaces: the list after signing in.
create index members_id_idx on members (id);
-- A key is unique in its workspace.
create unique index projects_key_key on projects (workspace_id, key);
-- The columns of a project.
create index statuses_project_idx on statuses (workspace_id, project_id, rank);
-- The labels of a project.
create index labels_project_idx on labels (workspace_id, project_id);
-- The order of a column; a board's snapshot.
create index tasks_status_rank_idx on tasks (workspace_id, status_id, rank, id);
create index tasks_project_number_idx on tasks (workspace_id, project_id, number);
-- What belongs to a task, read when it is opened.
create index checklist_items_task_rank_idx on checklist_items (workspace_id, task_id, rank, id);
create index comments_task_idx on comments (workspace_id, task_id, created_at, id);
create index attachments_task_idx on attachments (workspace_id, task_id, added_at, id);
-- A project's imports.
create index imports_project_idx on imports (workspace_id, project_id);
