//! Passkeys: coming in by what a phone, a computer or a key ring keeps. Adding one and coming in by one take scripts, since
//! browsers offer it to nothing else; renaming and removing are plain forms.

pub mod api;
pub mod section;
pub mod sign_in;

pub use section::PasskeySection;
pub use sign_in::PasskeyButton;

use crate::dom::credentials;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use shared::codes::{Code, Rejected};
use shared::ids::PasskeyId;
use shared::values::Time;

/// Somebody's passkeys, and what they can do about them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Passkeys {
    /// Why there can be none on this server, if so.
    pub obstacle: Option<String>,
    /// Whether they have a password, by which they show that it is them.
    pub asks_password: bool,
    /// What one that is added now could be called.
    pub suggestion: String,
    /// The oldest first.
    pub all: Vec<Passkey>,
}

/// A passkey, as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Passkey {
    /// Its id.
    pub id: PasskeyId,
    /// What they call it.
    pub name: String,
    /// Since when it is there.
    pub created_at: Time,
    /// When they last came in by it.
    pub last_used_at: Option<Time>,
}

/// Whether this browser has passkeys: not before the page is taken over, and never without scripts.
fn can_use() -> RwSignal<bool> {
    let can = RwSignal::new(false);
    Effect::new(move |_| can.set(credentials::are_there()));
    can
}

/// The browser made none: the person changed their mind, or the device has one for this account.
fn not_made() -> Rejected {
    let text = "No passkey was made. Try again; if this device has one for your account, it needs no other.";
    Rejected::new(Code::InvalidValue, text)
}
