-- Members that are programs.

alter table members add column bot boolean not null default false;
-- The workspace that a bot's account is of. Nobody signs in to it.
alter table users add column bot_of uuid;

-- A workspace's bots.
create index users_bot_of_idx on users (bot_of);
