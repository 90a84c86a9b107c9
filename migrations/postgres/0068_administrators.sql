-- There are few, and they are looked for whenever one is made or taken back.
create index users_administrators_idx on users (created_at) where is_site_admin;
