-- What goes by the retention policy, with a deleted workspace, or with an erased person.
create policy upkeep on workspaces for select
    using ((select current_setting('teamflow.errand', true)) = 'upkeep');
create policy upkeep on members for select
    using ((select current_setting('teamflow.errand', true)) = 'upkeep');
create policy upkeep on projects for select
    using ((select current_setting('teamflow.errand', true)) = 'upkeep');
create policy upkeep on tasks for select
    using ((select current_setting('teamflow.errand', true)) = 'upkeep');
create policy upkeep on comments for select
    using ((select current_setting('teamflow.errand', true)) = 'upkeep');
create policy upkeep on invitations
    using ((select current_setting('teamflow.errand', true)) = 'upkeep');
create policy upkeep on exports
    using ((select current_setting('teamflow.errand', true)) = 'upkeep');

-- The addresses that somebody's workspaces had.
create policy person on workspace_slugs for select
    using (workspace_id in (
        select m.workspace_id from members m
         where m.id = (select nullif(current_setting('teamflow.person', true), '')::uuid) and m.active));

-- Which workspace is, or was, at an address.
create policy address on workspace_slugs for select
    using ((select current_setting('teamflow.errand', true)) = 'address');
