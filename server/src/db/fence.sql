-- Row-level security by workspace, on every table that has one. Run after the migrations, so that a table which a migration
-- forgot is fenced too; what is as it should be is left alone.
do $$
declare
    fenced record;
    workspace constant text := $q$(select nullif(current_setting('teamflow.workspace', true), '')::uuid)$q$;
    person constant text := $q$(select nullif(current_setting('teamflow.person', true), '')::uuid)$q$;
    rule text;
begin
    -- Several servers may start at once.
    perform pg_advisory_xact_lock(7300134);
    -- Not about each policy that is not there yet.
    perform set_config('client_min_messages', 'warning', true);
    for fenced in
        select c.oid, c.oid::regclass as name, c.relname, not w.attnotnull as may_be_nobodys,
               exists (select from pg_attribute i
                        where i.attrelid = c.oid and i.attname = 'id' and not i.attisdropped) as has_id
          from pg_class c
          join pg_attribute w on w.attrelid = c.oid and w.attname = 'workspace_id' and not w.attisdropped
         where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'p')
           and not (c.relrowsecurity and c.relforcerowsecurity
                    and exists (select from pg_policy p where p.polrelid = c.oid and p.polname = 'workspace'))
    loop
        rule := format('workspace_id = %s', workspace);
        if fenced.may_be_nobodys then
            -- What belongs to the server.
            rule := rule || ' or workspace_id is null';
        end if;
        execute format('drop policy if exists workspace on %s', fenced.name);
        execute format('create policy workspace on %s using (%s)', fenced.name, rule);
        if fenced.has_id then
            -- Things are found by their ids in the workspaces of whoever asks.
            rule := case fenced.relname
                when 'members' then format('id = %s', person)
                else format('workspace_id in (select m.workspace_id from members m where m.id = %s and m.active)', person)
            end;
            execute format('drop policy if exists person on %s', fenced.name);
            execute format('create policy person on %s for select using (%s)', fenced.name, rule);
        end if;
        execute format('alter table %s enable row level security', fenced.name);
        -- For the tables' owner as well.
        execute format('alter table %s force row level security', fenced.name);
    end loop;

    -- The role that cannot bypass it, for users who could. Without the right to make it, the user's own limits must do.
    if not exists (select from pg_roles where rolname = 'teamflow_app') then
        begin
            create role teamflow_app nologin;
        exception
            -- Roles belong to all databases of the cluster: another server may have been quicker.
            when insufficient_privilege or duplicate_object or unique_violation then null;
        end;
    end if;
    if exists (select from pg_roles where rolname = 'teamflow_app') then
        begin
            if not pg_has_role(current_user, 'teamflow_app', 'member') then
                execute format('grant teamflow_app to %I', current_user);
            end if;
            if not has_schema_privilege('teamflow_app', current_schema(), 'usage') then
                execute format('grant usage on schema %I to teamflow_app', current_schema());
            end if;
            for fenced in
                select c.oid::regclass as name, c.relkind,
                       case when c.relkind = 'S' then 'usage'
                            when c.relname = '_sqlx_migrations' then 'select'
                            else 'select, insert, update, delete' end as rights
                  from pg_class c
                 where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'p', 'S')
                   and not case when c.relkind = 'S' then has_sequence_privilege('teamflow_app', c.oid, 'usage')
                                when c.relname = '_sqlx_migrations' then has_table_privilege('teamflow_app', c.oid, 'select')
                                else has_table_privilege('teamflow_app', c.oid, 'delete') end
            loop
                execute format('grant %s on %s %s to teamflow_app', fenced.rights,
                               case when fenced.relkind = 'S' then 'sequence' else 'table' end, fenced.name);
            end loop;
        exception
            when insufficient_privilege then null;
        end;
    end if;
end
$$;
