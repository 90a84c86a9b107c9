-- The numbers that tasks had in the projects that they left: old addresses lead to where they are.
create table former_numbers (
    workspace_id blob not null,
    project_id blob not null,
    number bigint not null,
    task_id blob not null,
    constraint former_numbers_pkey primary key (workspace_id, project_id, number)
);

-- The tasks below a task, which go along with it.
create index tasks_parent_idx on tasks (workspace_id, parent_id) where parent_id is not null;
