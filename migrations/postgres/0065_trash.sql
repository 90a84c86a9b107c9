-- What has been in the trash for long enough goes for good.

create index tasks_trashed_idx on tasks (trashed_at) where trashed_at is not null;
create index projects_trashed_idx on projects (trashed_at) where trashed_at is not null;
-- The numbers that a task had once, which go with it.
create index former_numbers_task_idx on former_numbers (workspace_id, task_id);
