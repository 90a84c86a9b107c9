//! What makes `WEB-12` in a text a link.

use crate::routes::href;
use crate::sync::Rows;
use shared::projects::Project;
use shared::workspaces::Workspace;

/// The workspace's address and the keys of its projects.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TaskLinks {
    slug: String,
    keys: Vec<String>,
}

impl TaskLinks {
    /// Links to the tasks of these projects.
    pub fn new(slug: impl Into<String>, keys: impl IntoIterator<Item = String>) -> Self {
        Self {
            slug: slug.into(),
            keys: keys.into_iter().collect(),
        }
    }

    /// Links to the tasks of every project that the person sees. Tracked.
    pub fn of(rows: Rows) -> Self {
        let workspace = rows.get::<Workspace>(rows.workspace());
        Self::new(
            workspace.map(|it| it.slug.to_string()).unwrap_or_default(),
            rows.all::<Project>().iter().map(|it| it.key.to_string()),
        )
    }

    /// Whether there is a project with this key.
    pub fn knows(&self, key: &str) -> bool {
        self.keys.iter().any(|known| known == key)
    }

    /// Where a task is.
    pub fn href(&self, key: &str, number: u32) -> String {
        href::task(&self.slug, key, number)
    }
}
