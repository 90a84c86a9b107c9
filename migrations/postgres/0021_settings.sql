-- What is set in the application. What the operator has set wins over it.

create table settings (
    key text not null primary key,
    value text not null,
    set_by uuid,
    set_at bigint not null
);

-- Features that are on for some.
create table flags (
    name text not null primary key,
    -- JSON of the rule.
    rule text not null,
    set_at bigint not null
);
