-- The placeholder that an invitation stands for: whoever accepts it takes over what was imported for them.
alter table invitations add column placeholder_id blob;
-- One invitation for each; finds it when the placeholder has become somebody.
create unique index invitations_placeholder_key on invitations (workspace_id, placeholder_id);
