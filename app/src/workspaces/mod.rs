//! The workspace itself: its home with the projects, and founding another.

pub mod api;
pub mod gate;
pub mod home;
pub mod new_project;
pub mod new_workspace;
pub mod project_card;

pub use gate::{Elsewhere, WorkspaceGate};
pub use home::HomePage;
pub use new_workspace::NewWorkspacePage;

use crate::sync::Rows;
use serde::{Deserialize, Serialize};
use shared::workspaces::Workspace;

/// A workspace that somebody is in, for lists of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkspaceLink {
    /// Its name.
    pub name: String,
    /// Its address.
    pub slug: String,
}

/// The address of the workspace that is looked at. Not tracked: it is fixed for the life of a page.
pub fn slug_of(rows: Rows) -> String {
    rows.get_untracked::<Workspace>(rows.workspace())
        .map(|workspace| workspace.slug.as_str().to_owned())
        .unwrap_or_default()
}
