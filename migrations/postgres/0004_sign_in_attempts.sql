-- How often somebody has tried to sign in with an address, whether or not anybody has it.

create table sign_in_attempts (
    -- SHA-256 of the address in lower case.
    address_hash bytea not null primary key,
    count bigint not null,
    last_at bigint not null
);

-- Those that are forgotten.
create index sign_in_attempts_last_idx on sign_in_attempts (last_at);
