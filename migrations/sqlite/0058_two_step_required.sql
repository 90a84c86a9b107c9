-- Workspaces that let nobody in without a second step of signing in.

alter table workspaces add column two_step_required boolean not null default false;
