-- Recovery codes are hashed with Argon2id, under a salt of each person's own; where people were is sealed where it is only shown.

-- Null where they are still hashed with SHA-256 alone: a server hashes those once more when it starts.
alter table second_steps add column codes_salt bytea;

-- What the browser calls itself; sealed: see the vault. The plain column is read of sessions that began before.
alter table sessions add column sealed_user_agent bytea;
-- The address on the network that last used it; sealed. The plain column is emptied at the next use.
alter table api_tokens add column sealed_used_from bytea;
