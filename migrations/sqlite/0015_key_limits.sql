-- What access tokens may: less than who they act for, where that person said so.

-- The secret's first characters, by which people recognise it.
alter table api_tokens add column prefix text not null default '';
-- Names with spaces between them. The tokens there are were made to do everything.
alter table api_tokens add column scopes text not null default 'read comment write admin';
-- The only workspace that there is for it.
alter table api_tokens add column only_in blob;
-- The ids of the only projects that there are for it, with spaces between them.
alter table api_tokens add column projects text;
-- The address on the network that last used it.
alter table api_tokens add column last_used_from text;
