//! Tasks: units of work. The row holds what a card shows; the description is a row of its own, read when a task is opened.

mod moving;
mod mutation;
mod rules;
#[cfg(test)]
pub(crate) mod tests;

pub use moving::{MOVED_ROWS_MAX, family};
pub(crate) use mutation::editable;
pub use mutation::{Mutation, NewTask, TaskPatch};

use crate::ids::{LabelId, ProjectId, StatusId, TaskId, UserId};
use crate::projects;
use crate::sync::{Cover, Key, List, Row, Scope};
use crate::values::{Date, Markdown, Minutes, Points, Rank, Time, Title, is_default};
use serde::{Deserialize, Serialize};

/// How much a task matters, from least to most.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Priority {
    #[default]
    None,
    Low,
    Medium,
    High,
    Urgent,
}

impl Priority {
    /// Every priority, in the order in which it is offered.
    pub const ALL: [Priority; 5] = [
        Priority::None,
        Priority::Urgent,
        Priority::High,
        Priority::Medium,
        Priority::Low,
    ];

    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Priority::None => "none",
            Priority::Low => "low",
            Priority::Medium => "medium",
            Priority::High => "high",
            Priority::Urgent => "urgent",
        }
    }

    /// The priority of that name.
    pub fn parse(name: &str) -> Option<Priority> {
        Priority::ALL
            .into_iter()
            .find(|priority| priority.as_str() == name)
    }
}

/// The most assignees and the most labels of a task.
pub const ASSIGNEES_MAX: usize = 50;
/// The most labels of a task.
pub const LABELS_MAX: usize = 100;
/// How deep subtasks may nest.
pub const DEPTH_MAX: usize = 8;

crate::row! {
    /// A unit of work, `WEB-12`.
    Task {
        id: TaskId,
        project: ProjectId,
        /// The number within the project; provisional in a browser until the server has answered.
        number: u32,
        title: Title,
        status: StatusId,
        rank: Rank,
        #[serde(default, skip_serializing_if = "is_default")]
        priority: Priority,
        #[serde(default, skip_serializing_if = "is_default")]
        points: Option<Points>,
        #[serde(default, skip_serializing_if = "is_default")]
        estimate: Option<Minutes>,
        #[serde(default, skip_serializing_if = "is_default")]
        start_on: Option<Date>,
        #[serde(default, skip_serializing_if = "is_default")]
        due_on: Option<Date>,
        /// Sorted, without repetition.
        #[serde(default, skip_serializing_if = "is_default")]
        assignees: Vec<UserId>,
        /// Sorted, without repetition; may name labels that were deleted.
        #[serde(default, skip_serializing_if = "is_default")]
        labels: Vec<LabelId>,
        #[serde(default, skip_serializing_if = "is_default")]
        parent: Option<TaskId>,
        /// How many lines of the checklist there are.
        #[serde(default, skip_serializing_if = "is_default")]
        checklist_total: u32,
        /// How many of them are done.
        #[serde(default, skip_serializing_if = "is_default")]
        checklist_done: u32,
        #[serde(default, skip_serializing_if = "is_default")]
        comment_count: u32,
        #[serde(default, skip_serializing_if = "is_default")]
        has_description: bool,
        #[serde(default, skip_serializing_if = "is_default")]
        completed_at: Option<Time>,
        #[serde(default, skip_serializing_if = "is_default")]
        archived_at: Option<Time>,
        #[serde(default, skip_serializing_if = "is_default")]
        trashed_at: Option<Time>,
        created_by: UserId,
        created_at: Time,
    }
}

impl Row for Task {
    type Id = TaskId;
    crate::in_table!(Tasks);
    fn id(&self) -> TaskId {
        self.id
    }
    fn scope(&self) -> Scope {
        Scope::Project(self.project)
    }
    fn cover(&self) -> Cover {
        Cover::Board(self.project)
    }
    fn place(&self) -> Option<(List, &Rank)> {
        self.is_live()
            .then_some((List::Tasks(self.status), &self.rank))
    }
    fn refs(&self, refs: &mut Vec<Key>) {
        refs.push(projects::key(self.project));
        refs.extend(self.parent.map(Task::key_of));
    }
}

impl Task {
    /// Whether it is on the board: neither archived nor in the trash.
    pub fn is_live(&self) -> bool {
        self.archived_at.is_none() && self.trashed_at.is_none()
    }
}

crate::row! {
    /// A task's description, in Markdown. Its id is the task's.
    Description {
        id: TaskId,
        project: ProjectId,
        markdown: Markdown,
    }
}

impl Row for Description {
    type Id = TaskId;
    crate::in_table!(Descriptions);
    fn id(&self) -> TaskId {
        self.id
    }
    fn scope(&self) -> Scope {
        Scope::Project(self.project)
    }
    fn cover(&self) -> Cover {
        Cover::Task(self.id)
    }
    fn refs(&self, refs: &mut Vec<Key>) {
        refs.push(Task::key_of(self.id));
        refs.push(projects::key(self.project));
    }
}
