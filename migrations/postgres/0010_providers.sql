-- Signing in through providers of OpenID Connect.

create table provider_links (
    -- Who vouches, and whom they call so: together one person for ever.
    issuer text not null,
    subject text not null,
    user_id uuid not null,
    -- The address that the provider knows, for people to recognise it.
    email text,
    created_at bigint not null,
    used_at bigint not null,
    constraint provider_links_pkey primary key (issuer, subject),
    -- One account at each provider.
    constraint provider_links_user_key unique (user_id, issuer),
    constraint provider_links_user_fkey foreign key (user_id) references users (id) on delete cascade
);

-- What a browser has begun and comes back to finish: through a provider.
create table sign_in_flows (
    -- SHA-256 of the secret in the browser's cookie.
    token_hash bytea not null primary key,
    -- What must fit when it comes back; sealed: see the vault.
    sealed bytea not null,
    expires_at bigint not null
);

-- Those that were never finished.
create index sign_in_flows_expires_idx on sign_in_flows (expires_at);
