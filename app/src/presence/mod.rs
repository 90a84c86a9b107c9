//! Where this person is, told to the others on the same project: the board says the project and what is being dragged,
//! the panel says the task.

use crate::sync::Rows;
use leptos::prelude::*;
use shared::ids::{ProjectId, TaskId};
use shared::sync::protocol::Presence;

/// Says where this person is. Cheap to copy; lives in the context of the workspace's pages.
#[derive(Clone, Copy)]
pub struct Here {
    rows: Rows,
    last: StoredValue<Presence>,
}

/// The teller in the context.
///
/// # Panics
/// Outside of a workspace's pages, which is a mistake in the routes.
pub fn use_here() -> Here {
    use_context().expect("the frame provides where the person is")
}

impl Here {
    /// A teller for a workspace's rows. [`crate::layout::Frame`] makes the one there is.
    pub fn new(rows: Rows) -> Self {
        Self {
            rows,
            last: StoredValue::new(Presence::default()),
        }
    }

    /// Tells the project that is looked at, for as long as the calling component is there.
    pub fn follow_project(self, project: Signal<Option<ProjectId>>) {
        Effect::new(move |_| {
            let project = project.get();
            self.tell(|presence| presence.project = project);
        });
        on_cleanup(move || self.tell(|presence| presence.project = None));
    }

    /// Tells the task that is open, for as long as the calling component is there.
    pub fn follow_task(self, task: Signal<Option<TaskId>>) {
        Effect::new(move |_| {
            let task = task.get();
            self.tell(|presence| presence.task = task);
        });
        on_cleanup(move || self.tell(|presence| presence.task = None));
    }

    /// Tells what is being dragged, or that nothing is any more.
    pub fn drag(self, task: Option<TaskId>) {
        self.tell(|presence| presence.dragging = task);
    }

    fn tell(self, change: impl FnOnce(&mut Presence)) {
        let changed = self.last.try_update_value(|last| {
            let before = last.clone();
            change(last);
            (*last != before).then(|| last.clone())
        });
        if let Some(Some(presence)) = changed {
            self.rows.moved(presence);
        }
    }
}
