-- What the server does for all workspaces: each errand reads these tables and no others. Rows of one workspace, and of
-- somebody's workspaces, are shown by the policies that every table with a workspace has.

-- How far each workspace has come, and whose log is old or long.
create policy heads on workspace_heads for select
    using ((select current_setting('teamflow.errand', true)) in ('heads', 'retention'));
create policy retention on tx_log for select
    using ((select current_setting('teamflow.errand', true)) = 'retention');
-- Which workspace is at an address.
create policy address on workspaces for select
    using ((select current_setting('teamflow.errand', true)) = 'address');
-- Where an invitation leads.
create policy invitation on invitations for select
    using ((select current_setting('teamflow.errand', true)) = 'invitation');
