-- What people are like, beyond how they sign in: how they want to see things, their picture, what they want to hear of.

create table profiles (
    user_id uuid not null primary key,
    -- Of the IANA's list; null for the one of the browser.
    time_zone text,
    language text not null,
    theme text not null,
    week_start text not null,
    constraint profiles_user_fkey foreign key (user_id) references users (id) on delete cascade
);

create table avatars (
    user_id uuid not null primary key,
    -- SHA-256 of the bytes, in hexadecimal digits: what the picture is addressed by.
    hash text not null,
    content_type text not null,
    bytes bytea not null,
    created_at bigint not null,
    constraint avatars_user_fkey foreign key (user_id) references users (id) on delete cascade
);

-- What somebody has said about one way to hear of one kind of thing; where nothing is said, the default counts.
create table notification_preferences (
    user_id uuid not null,
    kind text not null,
    channel text not null,
    is_on boolean not null,
    constraint notification_preferences_pkey primary key (user_id, kind, channel),
    constraint notification_preferences_user_fkey foreign key (user_id) references users (id) on delete cascade
);

alter table members add column avatar text;

-- A picture by its address.
create index avatars_hash_idx on avatars (hash);
