use super::view;
use crate::erased::memo;
use crate::sync::{Rows, use_rows};
use leptos::prelude::*;
use shared::access::Action;
use shared::ids::{ProjectId, TaskId};
use shared::projects::Project;
use shared::tasks::{Mutation, Task, TaskPatch};

/// The task that a panel shows: how its parts read it, and change it. Cheap to copy.
#[derive(Clone, Copy)]
pub struct OpenTask {
    /// The rows it is among.
    pub rows: Rows,
    /// Which it is.
    pub id: TaskId,
    /// The project it is in.
    pub project: ProjectId,
    may_edit: Memo<bool>,
}

impl OpenTask {
    /// A task of a project.
    pub fn new(id: TaskId, project: ProjectId) -> Self {
        let rows = use_rows();
        let may_edit = memo(move || {
            let is_live = rows.get::<Project>(project).is_some_and(|it| it.is_live());
            let is_trashed = rows
                .get::<Task>(id)
                .is_none_or(|it| it.trashed_at.is_some());
            is_live && !is_trashed && rows.may(Action::EditTasks, project)
        });
        Self {
            rows,
            id,
            project,
            may_edit,
        }
    }

    /// Whether the person may change it now. Tracked.
    pub fn may_edit(self) -> bool {
        self.may_edit.get()
    }

    /// The opposite, for controls that can be disabled.
    pub fn is_readonly(self) -> Signal<bool> {
        let may_edit = self.may_edit;
        Signal::derive(move || !may_edit.get())
    }

    /// Whether the person may say something about it now. Tracked.
    pub fn may_comment(self) -> bool {
        let is_here = self
            .rows
            .get::<Task>(self.id)
            .is_some_and(|it| it.trashed_at.is_none());
        let is_live = self
            .rows
            .get::<Project>(self.project)
            .is_some_and(|it| it.is_live());
        is_here && is_live && self.rows.may(Action::CreateComments, self.project)
    }

    /// Whether the person may delete and restore it now. Tracked.
    pub fn may_delete(self) -> bool {
        let member = self.rows.member();
        let project = self.rows.get::<Project>(self.project);
        let project = project.filter(|it| it.is_live());
        let task = self.rows.get::<Task>(self.id);
        match (member, project, task) {
            (Some(member), Some(project), Some(task)) => view::may_delete(&member, &project, &task),
            _ => false,
        }
    }

    /// Something about it; told only when that changes.
    pub fn map<T: Default + PartialEq + Send + Sync + 'static>(
        self,
        read: impl Fn(&Task) -> T + Send + Sync + 'static,
    ) -> Memo<T> {
        self.rows
            .map::<Task, T>(self.id, move |task| task.map(&read).unwrap_or_default())
    }

    /// Its name, `WEB-12`. Tracked.
    pub fn name(self) -> String {
        let project = self.rows.get::<Project>(self.project);
        let task = self.rows.get::<Task>(self.id);
        match (project, task) {
            (Some(project), Some(task)) => view::name(project.key.as_str(), task.number),
            _ => String::new(),
        }
    }

    /// Changes fields.
    pub fn edit(self, patch: TaskPatch) {
        self.send(Mutation::Edit { id: self.id, patch });
    }

    /// Changes something.
    pub fn send(self, mutation: Mutation) {
        self.rows.mutate(mutation);
    }
}
