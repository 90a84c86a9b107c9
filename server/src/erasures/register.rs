//! Which columns say who somebody is, or where they were: the personal data of the database, as far as columns are made for it.
//! What people write about one another in texts is not told apart by any column.
//!
//! A test holds every column with such a name to this list, and every column of this list to what becomes of it. See
//! `docs/decisions/0052-personal-data.md`.

/// What becomes of something personal when the person is erased.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// The row goes with the account.
    Goes,
    /// The row stays for others; nothing of the person stays in it.
    Emptied,
}

/// A column with something personal.
#[derive(Clone, Copy, Debug)]
pub struct Personal {
    /// Its table.
    pub table: &'static str,
    /// Its name.
    pub column: &'static str,
    /// What becomes of it.
    pub fate: Fate,
}

macro_rules! personal {
    ($($table:ident $column:ident $fate:ident;)*) => {
        /// Every one of them.
        pub const PERSONAL: &[Personal] = &[$(Personal {
            table: stringify!($table),
            column: stringify!($column),
            fate: Fate::$fate,
        }),*];
    };
}

personal! {
    // Who they are.
    users email Goes;
    users name Goes;
    members name Emptied;
    members handle Emptied;
    members avatar Emptied;
    avatars hash Goes;
    avatars bytes Goes;
    account_links email Goes;
    sign_ups email Goes;
    invitations email Goes;
    provider_links subject Goes;
    provider_links email Goes;
    sign_in_attempts address_hash Goes;
    // How they want things, and what they call them.
    profiles time_zone Goes;
    profiles language Goes;
    profiles theme Goes;
    passkeys name Goes;
    api_tokens name Goes;
    // Where they were, and with what.
    sessions user_agent Goes;
    sessions sealed_user_agent Goes;
    api_tokens last_used_from Goes;
    api_tokens sealed_used_from Goes;
    audit_entries address Emptied;
    audit_entries user_agent Emptied;
    audit_entries detail Emptied;
}
