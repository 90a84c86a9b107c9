-- A workspace's addresses, deleting it for a while, and for good.

alter table workspaces add column plan text;
-- Since when nobody gets in; null while it is open.
alter table workspaces add column deleted_at bigint;

-- Every address that a workspace has or had: each leads to it until it is gone for good.
create table workspace_slugs (
    slug text not null primary key,
    workspace_id blob not null
);

insert into workspace_slugs (slug, workspace_id)
select slug, workspace_id from workspaces;

-- Those that are gone for good one day.
create index workspaces_deleted_idx on workspaces (deleted_at);
-- A workspace's addresses, its writers: what goes with it.
create index workspace_slugs_workspace_idx on workspace_slugs (workspace_id);
create index sync_replicas_workspace_idx on sync_replicas (workspace_id);
