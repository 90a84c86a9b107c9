//! Who was here, and in which workspaces: a page that no server made begins with this. In the local storage, because it is
//! read before anything else.

use crate::accounts::Person;
use crate::dom::local;
use serde::{Deserialize, Serialize};
use shared::ids::{UserId, WorkspaceId};
use std::collections::BTreeMap;

/// What this browser knows of its person. Nothing secret.
#[derive(Serialize, Deserialize)]
pub(super) struct Known {
    pub(super) user: UserId,
    pub(super) person: Person,
    /// By address.
    pub(super) workspaces: BTreeMap<String, WorkspaceId>,
    /// The address of the one that was looked at last.
    pub(super) last: String,
}

impl Known {
    pub(super) fn read() -> Option<Self> {
        serde_json::from_str(&local::read(local::KNOWN)?).ok()
    }

    /// Notes that a person is in a workspace. Another person's traces are overwritten.
    pub(super) fn note(user: UserId, person: Person, slug: String, workspace: WorkspaceId) {
        let before = Self::read().filter(|known| known.user == user);
        let mut workspaces = before.map(|known| known.workspaces).unwrap_or_default();
        // A workspace may have moved to another address.
        workspaces.retain(|_, known| *known != workspace);
        workspaces.insert(slug.clone(), workspace);
        let known = Self {
            user,
            person,
            workspaces,
            last: slug,
        };
        if let Ok(text) = serde_json::to_string(&known) {
            local::keep(local::KNOWN, &text);
        }
    }

    pub(super) fn forget() {
        local::forget(local::KNOWN);
        local::forget(local::LAST_BOARD);
    }
}
