//! The workspace itself: its home with the projects, its end, founding another, and the list of them.

pub mod api;
pub mod danger;
pub mod gate;
pub mod home;
pub mod list;
pub mod new_project;
pub mod new_workspace;
pub mod project_card;

pub use gate::{Elsewhere, WorkspaceGate};
pub use home::HomePage;
pub use list::WorkspacesPage;
pub use new_project::require_free_key;
pub use new_workspace::NewWorkspacePage;

use crate::sync::Rows;
use serde::{Deserialize, Serialize};
use shared::access::Role;
use shared::ids::WorkspaceId;
use shared::values::Time;
use shared::workspaces::Workspace;

/// A workspace that somebody is in, for lists of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkspaceLink {
    /// Its id.
    pub id: WorkspaceId,
    /// Its name.
    pub name: String,
    /// Its address.
    pub slug: String,
    /// What they are in it.
    pub role: Role,
    /// Until when it can be restored, if it is deleted.
    pub restorable_until: Option<Time>,
}

/// The address of the workspace that is looked at. Not tracked: it is fixed for the life of a page.
pub fn slug_of(rows: Rows) -> String {
    rows.get_untracked::<Workspace>(rows.workspace())
        .map(|workspace| workspace.slug.as_str().to_owned())
        .unwrap_or_default()
}
