//! What programs ask to be done with tasks.

use crate::http::Error;
use crate::http::api::{Decimal, Nullable, Position, place};
use serde::Deserialize;
use shared::codes::Rejected;
use shared::ids::{LabelId, ProjectId, StatusId, TaskId, UserId};
use shared::labels::{self, Label};
use shared::statuses::{Category, Status};
use shared::sync::{Command, nullable};
use shared::tasks::{self, ASSIGNEES_MAX, LABELS_MAX, Mutation, Priority, Task};
use shared::values::{Color, Date, LabelName, Markdown, Minutes, Place, Title};
use utoipa::ToSchema;

/// What a task begins with.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "title": "Implement user authentication",
    "description": "Add JWT-based auth with refresh tokens",
    "due_date": "2024-12-31T23:59:59Z",
    "metadata": { "priority": "high", "tags": ["backend", "security"] },
}))]
pub(super) struct NewTask {
    #[schema(value_type = String, min_length = 1, max_length = 255)]
    title: Title,
    /// In Markdown.
    #[schema(value_type = Option<String>, max_length = 50_000)]
    description: Option<Markdown>,
    /// The project's id or key. Only with `POST /tasks`, which otherwise takes your only project.
    pub(super) project: Option<String>,
    /// The column. When neither it nor `status` is given: the first that means todo, else the first.
    #[schema(value_type = Option<uuid::Uuid>)]
    status_id: Option<StatusId>,
    /// Instead of `status_id`: the first column that means backlog, todo, started, done or cancelled.
    #[schema(value_type = Option<String>, example = "todo")]
    status: Option<Category>,
    /// The task above it.
    #[schema(value_type = Option<uuid::Uuid>)]
    after_id: Option<TaskId>,
    /// The task below it.
    #[schema(value_type = Option<uuid::Uuid>)]
    before_id: Option<TaskId>,
    /// `last` when nothing is said.
    position: Option<Position>,
    /// Who does it.
    #[schema(value_type = Option<uuid::Uuid>)]
    assignee_id: Option<UserId>,
    /// Who does it, if there are several.
    #[serde(default)]
    #[schema(value_type = Option<Vec<uuid::Uuid>>)]
    assignee_ids: Vec<UserId>,
    #[serde(default)]
    #[schema(value_type = Option<Vec<uuid::Uuid>>)]
    label_ids: Vec<LabelId>,
    /// none, low, medium, high or urgent.
    #[schema(value_type = Option<String>, example = "high")]
    priority: Option<Priority>,
    /// Story points.
    #[schema(value_type = Option<f64>, minimum = 0, maximum = 100)]
    points: Option<Decimal>,
    #[schema(value_type = Option<u32>, maximum = 600_000)]
    estimate_minutes: Option<Minutes>,
    /// A time of day is left out.
    #[schema(value_type = Option<String>, format = Date)]
    start_date: Option<Date>,
    /// A time of day is left out.
    #[schema(value_type = Option<String>, format = Date)]
    due_date: Option<Date>,
    /// The task that it is part of.
    #[schema(value_type = Option<uuid::Uuid>)]
    parent_id: Option<TaskId>,
    #[serde(default)]
    metadata: Metadata,
}

/// Another way to say some fields.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Metadata {
    /// Counts where the field `priority` is absent.
    #[schema(value_type = Option<String>, example = "high")]
    priority: Option<Priority>,
    /// Labels by their names, whatever the case. A label that is not there is made, if you may.
    #[schema(value_type = Option<Vec<String>>)]
    tags: Vec<LabelName>,
}

/// New values for some fields; absent fields stay, `null` clears.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "priority": "urgent", "due_date": null, "version": 42 }))]
pub(super) struct TaskPatch {
    #[schema(value_type = Option<String>, min_length = 1, max_length = 255)]
    title: Option<Title>,
    /// In Markdown; empty for none.
    #[serde(default, with = "nullable")]
    #[schema(value_type = Option<String>, max_length = 50_000)]
    description: Nullable<Markdown>,
    /// Moves it to the end of this column.
    #[schema(value_type = Option<uuid::Uuid>)]
    status_id: Option<StatusId>,
    /// Moves it to the end of the first column that means this, unless it is in such a column.
    #[schema(value_type = Option<String>, example = "done")]
    status: Option<Category>,
    /// none, low, medium, high or urgent.
    #[schema(value_type = Option<String>)]
    priority: Option<Priority>,
    #[serde(default, with = "nullable")]
    #[schema(value_type = Option<f64>, minimum = 0, maximum = 100)]
    points: Nullable<Decimal>,
    #[serde(default, with = "nullable")]
    #[schema(value_type = Option<u32>, maximum = 600_000)]
    estimate_minutes: Nullable<Minutes>,
    #[serde(default, with = "nullable")]
    #[schema(value_type = Option<String>, format = Date)]
    start_date: Nullable<Date>,
    #[serde(default, with = "nullable")]
    #[schema(value_type = Option<String>, format = Date)]
    due_date: Nullable<Date>,
    /// Who does it, and nobody else.
    #[serde(default, with = "nullable")]
    #[schema(value_type = Option<uuid::Uuid>)]
    assignee_id: Nullable<UserId>,
    /// Everybody who does it.
    #[schema(value_type = Option<Vec<uuid::Uuid>>)]
    assignee_ids: Option<Vec<UserId>>,
    /// All its labels.
    #[schema(value_type = Option<Vec<uuid::Uuid>>)]
    label_ids: Option<Vec<LabelId>>,
    #[serde(default, with = "nullable")]
    #[schema(value_type = Option<uuid::Uuid>)]
    parent_id: Nullable<TaskId>,
    /// Takes it off the board, or brings it back.
    archived: Option<bool>,
    /// The version that the change is based on: refused with `version_conflict` when there is a newer one.
    pub(super) version: Option<u64>,
}

/// Where a task goes. The first neighbour that is still there decides.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "status": "started", "position": "first" }))]
pub(super) struct Move {
    /// The column; its own when neither it nor `status` is given.
    #[schema(value_type = Option<uuid::Uuid>)]
    status_id: Option<StatusId>,
    /// Instead of `status_id`: the first column that means this.
    #[schema(value_type = Option<String>, example = "started")]
    status: Option<Category>,
    /// The task above it.
    #[schema(value_type = Option<uuid::Uuid>)]
    after_id: Option<TaskId>,
    /// The task below it.
    #[schema(value_type = Option<uuid::Uuid>)]
    before_id: Option<TaskId>,
    /// `last` when nothing is said.
    position: Option<Position>,
    /// The version that the change is based on: refused with `version_conflict` when there is a newer one.
    pub(super) version: Option<u64>,
}

/// To which project a task goes.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "project": "OPS" }))]
pub(super) struct MoveToProject {
    /// The project's id or key.
    pub(super) project: String,
    /// The column there; otherwise the first that means the same as its own, else the first.
    #[schema(value_type = Option<uuid::Uuid>)]
    status_id: Option<StatusId>,
    /// The task above it.
    #[schema(value_type = Option<uuid::Uuid>)]
    after_id: Option<TaskId>,
    /// The task below it.
    #[schema(value_type = Option<uuid::Uuid>)]
    before_id: Option<TaskId>,
    /// `last` when nothing is said.
    position: Option<Position>,
    /// The version that the change is based on: refused with `version_conflict` when there is a newer one.
    pub(super) version: Option<u64>,
}

impl MoveToProject {
    pub(super) fn command(self, id: TaskId, project: ProjectId) -> Result<Mutation, Error> {
        let place = place(self.after_id, self.before_id, self.position)?;
        Ok(Mutation::MoveToProject {
            id,
            project,
            status: self.status_id,
            place: place.unwrap_or(Place::Last),
        })
    }
}

/// What is known of the project, as far as a request names things in it by other than their ids.
#[derive(Default)]
pub(super) struct Known {
    /// The columns that are in use, in order.
    pub(super) statuses: Vec<Status>,
    pub(super) labels: Vec<Label>,
}

impl Known {
    /// The first column that means this.
    fn status(&self, category: Category) -> Result<StatusId, Error> {
        let found = self
            .statuses
            .iter()
            .find(|status| status.category == category);
        found.map(|status| status.id).ok_or_else(|| {
            let text = format!(
                "The project has no status that means {}.",
                category.as_str()
            );
            Rejected::field("status", text).into()
        })
    }

    /// Where a task begins when nobody says.
    fn first(&self) -> Result<StatusId, Error> {
        let todo = self
            .statuses
            .iter()
            .find(|status| status.category == Category::Todo);
        let first = todo
            .or_else(|| self.statuses.first())
            .map(|status| status.id);
        first.ok_or_else(|| Rejected::field("status_id", "The project has no status.").into())
    }
}

/// Refuses a list that no task may have, before anything is looked up for it.
fn require_few(field: &str, count: usize, most: usize) -> Result<(), Error> {
    if count > most {
        return Err(Rejected::field(field, format!("A task has at most {most} of them.")).into());
    }
    Ok(())
}

fn without_both(status_id: Option<StatusId>, status: Option<Category>) -> Result<(), Error> {
    if status_id.is_some() && status.is_some() {
        return Err(Rejected::field("status", "Give status_id or status, not both.").into());
    }
    Ok(())
}

impl NewTask {
    /// Whether it names columns or labels by other than their ids.
    pub(super) fn needs_known(&self) -> (bool, bool) {
        (self.status_id.is_none(), !self.metadata.tags.is_empty())
    }

    /// The commands that make it, and the labels that are not there yet.
    pub(super) fn commands(
        self,
        id: TaskId,
        project: ProjectId,
        known: &Known,
        label_id: impl Fn(&LabelName) -> LabelId,
    ) -> Result<Vec<Command>, Error> {
        without_both(self.status_id, self.status)?;
        require_few("assignee_ids", self.assignee_ids.len(), ASSIGNEES_MAX)?;
        require_few("label_ids", self.label_ids.len(), LABELS_MAX)?;
        require_few("metadata.tags", self.metadata.tags.len(), LABELS_MAX)?;
        let status = match (self.status_id, self.status) {
            (Some(id), _) => id,
            (None, Some(category)) => known.status(category)?,
            (None, None) => known.first()?,
        };
        let place = place(self.after_id, self.before_id, self.position)?.unwrap_or(Place::Last);
        let (mut labels, mut commands) = (self.label_ids, Vec::new());
        let mut made: Vec<(String, LabelId)> = Vec::new();
        for name in self.metadata.tags {
            let word = name.as_str().to_lowercase();
            let known = known
                .labels
                .iter()
                .find(|label| label.name.as_str().to_lowercase() == word);
            let known = known.map(|label| label.id);
            let again = made
                .iter()
                .find(|(other, _)| *other == word)
                .map(|(_, id)| *id);
            labels.push(known.or(again).unwrap_or_else(|| {
                let id = label_id(&name);
                let color = Color::of(name.as_str().as_bytes());
                commands.push(
                    labels::Mutation::Create {
                        id,
                        project,
                        name,
                        color,
                    }
                    .into(),
                );
                made.push((word, id));
                id
            }));
        }
        let fields = tasks::NewTask {
            priority: self.priority.or(self.metadata.priority).unwrap_or_default(),
            points: self.points.map(|points| points.0),
            estimate: self.estimate_minutes,
            start_on: self.start_date,
            due_on: self.due_date,
            assignees: self
                .assignee_id
                .into_iter()
                .chain(self.assignee_ids)
                .collect(),
            labels,
            parent: self.parent_id,
            description: self.description.filter(|text| !text.as_str().is_empty()),
        };
        let (title, fields) = (self.title, Box::new(fields));
        commands.push(
            Mutation::Create {
                id,
                project,
                status,
                place,
                title,
                fields,
            }
            .into(),
        );
        Ok(commands)
    }
}

impl TaskPatch {
    /// Whether it names a column by what it means.
    pub(super) const fn needs_statuses(&self) -> bool {
        self.status.is_some()
    }

    /// The commands that lead from a task to what is asked for. Lists become the difference to what is there, so that
    /// two who add somebody at once both succeed.
    pub(super) fn commands(self, task: &Task, known: &Known) -> Result<Vec<Command>, Error> {
        let id = task.id;
        without_both(self.status_id, self.status)?;
        let assignees = match (self.assignee_id, self.assignee_ids) {
            (Some(_), Some(_)) => {
                let text = "Give assignee_id or assignee_ids, not both.";
                return Err(Rejected::field("assignee_id", text).into());
            }
            (one, several) => several.or(one.map(|one| one.into_iter().collect())),
        };
        let own = known
            .statuses
            .iter()
            .find(|status| status.id == task.status);
        let status = match self.status {
            Some(category) if own.is_some_and(|own| own.category == category) => None,
            Some(category) => Some(known.status(category)?),
            None => self.status_id.filter(|status| *status != task.status),
        };
        let patch = tasks::TaskPatch {
            title: self.title,
            priority: self.priority,
            points: self.points.map(|points| points.map(|points| points.0)),
            estimate: self.estimate_minutes,
            start_on: self.start_date,
            due_on: self.due_date,
        };
        let mut all: Vec<Mutation> = Vec::new();
        if patch != tasks::TaskPatch::default() {
            all.push(Mutation::Edit { id, patch });
        }
        if let Some(markdown) = self.description {
            let markdown = markdown.map_or_else(|| Markdown::parse(""), Ok);
            let markdown = markdown.map_err(|text| Rejected::field("description", text))?;
            all.push(Mutation::Describe { id, markdown });
        }
        all.extend(status.map(|status| Mutation::Move {
            id,
            status,
            place: Place::Last,
        }));
        if let Some(wanted) = assignees {
            require_few("assignee_ids", wanted.len(), ASSIGNEES_MAX)?;
            let (less, more) = difference(&task.assignees, &wanted);
            all.extend(less.map(|user| Mutation::Unassign { id, user }));
            all.extend(more.map(|user| Mutation::Assign { id, user }));
        }
        if let Some(wanted) = self.label_ids {
            require_few("label_ids", wanted.len(), LABELS_MAX)?;
            let (less, more) = difference(&task.labels, &wanted);
            all.extend(less.map(|label| Mutation::RemoveLabel { id, label }));
            all.extend(more.map(|label| Mutation::AddLabel { id, label }));
        }
        all.extend(
            self.parent_id
                .map(|parent| Mutation::SetParent { id, parent }),
        );
        all.extend(
            self.archived
                .map(|archived| Mutation::SetArchived { id, archived }),
        );
        Ok(all.into_iter().map(Command::from).collect())
    }
}

/// What to take away and what to add to come from one list to another.
fn difference<'a, T: Copy + PartialEq>(
    from: &'a [T],
    to: &'a [T],
) -> (impl Iterator<Item = T> + 'a, impl Iterator<Item = T> + 'a) {
    let less = from.iter().copied().filter(|item| !to.contains(item));
    let more = to.iter().copied().filter(|item| !from.contains(item));
    (less, more)
}

impl Move {
    /// Whether it names a column by what it means.
    pub(super) const fn needs_statuses(&self) -> bool {
        self.status.is_some()
    }

    pub(super) fn command(self, task: &Task, known: &Known) -> Result<Mutation, Error> {
        without_both(self.status_id, self.status)?;
        let place = place(self.after_id, self.before_id, self.position)?;
        let status = match self.status {
            Some(category) => known.status(category)?,
            None => self.status_id.unwrap_or(task.status),
        };
        Ok(Mutation::Move {
            id: task.id,
            status,
            place: place.unwrap_or(Place::Last),
        })
    }
}
