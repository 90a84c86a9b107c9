-- The audit log of a workspace is shown and written where that is at work, the server's own everywhere, and all of them by what
-- is done for all: writing what was summed, verifying, and forgetting.
create policy chain on audit_entries
    using (chain = '00000000-0000-0000-0000-000000000000'
           or chain = (select nullif(current_setting('teamflow.workspace', true), '')::uuid)
           or (select current_setting('teamflow.errand', true)) = 'upkeep');
create policy chain on audit_heads
    using (chain = '00000000-0000-0000-0000-000000000000'
           or chain = (select nullif(current_setting('teamflow.workspace', true), '')::uuid)
           or (select current_setting('teamflow.errand', true)) = 'upkeep');
alter table audit_entries enable row level security;
alter table audit_entries force row level security;
alter table audit_heads enable row level security;
alter table audit_heads force row level security;
