//! Accounts: signing up, in and out, the first visit, passwords, sessions, and personal access tokens. Nothing of it is synced, and all of
//! it works without JavaScript: every form is an `<ActionForm>` over a function of [`api`].

pub mod account;
pub mod again;
pub mod api;
pub mod auth_page;
pub mod by_link;
pub mod device;
pub mod forgot;
pub mod layout;
pub mod providers;
pub mod second_step;
pub mod sessions;
pub mod setup;
pub mod sign_in;
pub mod sign_out;
pub mod sign_up;
pub mod token_form;
pub mod tokens;
pub mod two_step;

pub use account::AccountPage;
pub use again::PasswordAgain;
pub use auth_page::{AuthPage, AuthSubmit, Refusal};
pub use by_link::{ConfirmPage, ResetPage};
pub use forgot::ForgotPage;
pub use layout::AccountLayout;
pub use providers::{ProviderButtons, ProviderLinks};
pub use second_step::SecondStepPage;
pub use sessions::SessionsPage;
pub use setup::SetupPage;
pub use sign_in::SignInPage;
pub use sign_out::SignOutButton;
pub use sign_up::{FinishSignUpPage, SignUpPage};
pub use tokens::TokensPage;
pub use two_step::TwoStepPage;

use crate::erased::memo;
use crate::time::Zone;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use serde::{Deserialize, Serialize};
use shared::ids::{SessionId, TokenId};
use shared::limits::{KeyScope, KeyScopes};
use shared::values::Time;

/// The fewest characters of a password.
pub const PASSWORD_CHARS_MIN: usize = 8;

/// What an account is made from.
#[derive(Clone, Debug)]
pub struct NewAccount {
    /// The person's name.
    pub name: String,
    /// Their address.
    pub email: String,
    /// Their password.
    pub password: String,
}

/// Who is signed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Their name.
    pub name: String,
    /// Their address.
    pub email: String,
    /// How their clock goes, where they chose a time zone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<Zone>,
}

/// What the server knows of somebody that is not on every page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Whether they showed that the address is theirs.
    pub is_confirmed: bool,
    /// Whether the server sends mail.
    pub has_mail: bool,
    /// Whether they have a password.
    pub has_password: bool,
    /// The providers that they come in by.
    pub links: Vec<ProviderLink>,
    /// Those that they could link, too.
    pub providers: Vec<Provider>,
}

/// Somebody who can vouch for people: Google, or a company's own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provider {
    /// Its word in addresses.
    pub id: String,
    /// What it is called.
    pub name: String,
}

/// A provider that somebody comes in by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProviderLink {
    /// Who it is, for machines.
    pub issuer: String,
    /// What it is called.
    pub name: String,
    /// Their address there.
    pub email: Option<String>,
    /// When they last came by it.
    pub used_at: Time,
}

/// How people come in on this server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entrances {
    /// Who may vouch for them.
    pub providers: Vec<Provider>,
    /// Whether they may come with a passkey.
    pub has_passkeys: bool,
    /// Whether somebody without an invitation may make an account.
    pub has_sign_up: bool,
    /// Whether an address is confirmed by mail before there is an account.
    pub confirms_first: bool,
}

/// How far somebody is with the second step of signing in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TwoStep {
    /// There is none.
    Off,
    /// It waits for a first code.
    Pending {
        /// The seed, to type.
        seed: String,
        /// The seed, to scan: a PNG in base64.
        picture: String,
    },
    /// It is asked for.
    On {
        /// The recovery codes, until they are noted.
        codes: Option<Vec<String>>,
        /// How many of them are left.
        left: u64,
    },
}

/// A signed-in browser or program.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// What it calls itself.
    pub user_agent: Option<String>,
    /// A browser, or a program.
    pub is_browser: bool,
    /// What a program may do that was let in.
    pub scopes: Option<KeyScopes>,
    /// How its person came in, in the words after "signed in".
    pub means: Option<String>,
    /// Whether it is the one that asks.
    pub is_current: bool,
    /// When it began.
    pub created_at: Time,
    /// When it was last used, give or take a quarter of an hour.
    pub seen_at: Time,
    /// When it ends.
    pub expires_at: Time,
}

/// A personal access token, without its secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Token {
    /// Its id.
    pub id: TokenId,
    /// What it is for.
    pub name: String,
    /// The secret's first characters.
    pub prefix: String,
    /// What it may do.
    pub scopes: KeyScopes,
    /// The name of the only workspace that there is for it.
    pub workspace: Option<String>,
    /// The keys of the only projects that there are for it; none where there are all.
    pub projects: Vec<String>,
    /// When it was made.
    pub created_at: Time,
    /// When it ends.
    pub expires_at: Option<Time>,
    /// When it was last used.
    pub last_used_at: Option<Time>,
    /// From which address.
    pub last_used_from: Option<String>,
}

/// How long a token is to be good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Life {
    /// As long as is usual.
    Default,
    /// So many days.
    Days(u32),
    /// Until it is revoked.
    Endless,
}

impl Life {
    /// What a form's choice means: a number of days, or `never`.
    pub fn parse(text: &str) -> Self {
        match text.trim() {
            "never" => Self::Endless,
            days => days.parse().map_or(Self::Default, Self::Days),
        }
    }
}

/// What a form asks of a new token.
#[derive(Clone, Debug)]
pub struct TokenWish {
    /// What it is for.
    pub name: String,
    /// How long it is to be good for.
    pub life: Life,
    /// What it may do, beside looking.
    pub scopes: Vec<KeyScope>,
    /// The address of the only workspace that there is to be for it.
    pub workspace: Option<String>,
    /// The keys of the only projects that there are to be for it.
    pub projects: Option<String>,
}

/// A token just made: the only time its secret is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewToken {
    /// The token.
    pub token: Token,
    /// What goes into the `Authorization` header.
    pub secret: String,
}

/// The scopes whose boxes are ticked.
pub fn ticked(comment: bool, write: bool, admin: bool) -> Vec<KeyScope> {
    let boxes = [
        (comment, KeyScope::Comment),
        (write, KeyScope::Write),
        (admin, KeyScope::Admin),
    ];
    let ticked = boxes.into_iter().filter(|(is_ticked, _)| *is_ticked);
    ticked.map(|(_, scope)| scope).collect()
}

/// Where the page's address says to go on, as the query of a link to another page and as a form's hidden field.
fn use_next() -> Memo<Option<String>> {
    let query = use_query_map();
    memo(move || {
        query
            .read()
            .get("next")
            .filter(|next| crate::routes::is_local(next))
    })
}
