-- The projects that an invitation leads into, as a list of ids.
alter table invitations add column projects jsonb not null default '[]';
